package io.connbudget.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
    @Test
    void aWholeConfigurationShowsNoSecret(@TempDir Path directory) {
        ProxyConfig config = ConfigFixture.load(directory, ConfigFixture.MINIMAL + """
                        accounts:
                          - {name: a, password: hunter2}
                          - {name: b, authentication-string: "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", backend-user: a}
                        """);

        assertThat(config.toString()).contains("password=***").doesNotContain("hunter2", "2470C0");
        assertThat(config.clientAccounts().toString()).doesNotContain("hunter2", "2470C0");
        assertThat(new RawValue("hunter2", "f:1", 1).toString()).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pass", "pass\n", "pass\r\n"})
    void oneNewlineAtTheEndOfAFileIsNotPartOfIt(String content) {
        assertThat(Secret.ofFile(content.getBytes(StandardCharsets.UTF_8))).isEqualTo(Secret.of("pass"));
    }

    @Test
    void onlyOneNewlineIsTaken() {
        assertThat(Secret.ofFile("pass \n\n".getBytes(StandardCharsets.UTF_8)).reveal())
                .isEqualTo("pass \n");
        assertThat(Secret.ofFile("\n".getBytes(StandardCharsets.UTF_8)).isEmpty())
                .isTrue();
        assertThat(Secret.of("a")).isNotEqualTo(Secret.of("b")).isNotEqualTo(Secret.empty());
    }

    @Test
    void callersCannotChangeIt() {
        Secret secret = Secret.of("pass");

        secret.bytes()[0] = 'X';

        assertThat(secret.reveal()).isEqualTo("pass");
    }

    @Test
    void storedFormsAreTold() {
        assertThat(StoredSecret.parse("$A$005$" + "\u0001".repeat(20) + "y".repeat(43))
                        .isNative())
                .isFalse();
        assertThatThrownBy(() -> StoredSecret.parse("$A$005$short")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StoredSecret.parse("plain")).isInstanceOf(IllegalArgumentException.class);
    }
}
