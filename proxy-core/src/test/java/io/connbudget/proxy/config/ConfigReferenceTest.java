package io.connbudget.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReferenceTest {
    @Test
    void thePageIsWhatTheRecordsSay() throws Exception {
        assertThat(Files.readString(Path.of("..", "docs", "configuration.md")))
                .as(
                        "make it anew: java -cp proxy-core/target/classes:budget-policy/target/classes io.connbudget.proxy.config.ConfigReference"
                                + " > docs/configuration.md")
                .isEqualTo(ConfigReference.markdown());
    }

    @Test
    void theExampleOnThePageLoads(@TempDir Path directory) throws Exception {
        Path secret = Files.writeString(directory.resolve("secret.txt"), "x");
        String page = ConfigReference.markdown();
        int start = page.indexOf("```yaml\n") + "```yaml\n".length();
        String example = page.substring(start, page.indexOf("```", start)).replace("secret.txt", secret.toString());

        assertThat(ConfigFixture.load(directory, example, Map.of(), Map.of())
                        .budget()
                        .maxConnections())
                .isEqualTo(16);
    }
}
