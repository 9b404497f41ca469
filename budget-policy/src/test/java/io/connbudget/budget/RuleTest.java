package io.connbudget.budget;

import static io.connbudget.budget.TestClients.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleTest {
    private final ClientIdentity celery = identity(
            "celery",
            "10.2.3.4",
            "shop",
            Map.of("program_name", "celery worker", "_pid", "4711"),
            "CN=worker-7,O=shop");

    @Test
    void everyPartThatIsGivenMustMatch() {
        assertThat(Rule.ANY.matches(celery)).isTrue();
        assertThat(new Rule(
                                "cel*",
                                CidrBlock.parse("10.2.0.0/16"),
                                "sh?p",
                                Map.of("program_name", "celery*", "_pid", "*"),
                                "CN=worker-*")
                        .matches(celery))
                .isTrue();
        assertThat(Rule.user("Celery").matches(celery)).isFalse();
        assertThat(Rule.source("10.3.0.0/16").matches(celery)).isFalse();
        assertThat(Rule.schema("shops").matches(celery)).isFalse();
        assertThat(Rule.attribute("program_name", "django*").matches(celery)).isFalse();
        assertThat(Rule.attribute("absent", "*").matches(celery)).isFalse();
        assertThat(new Rule(null, null, null, Map.of(), "CN=x*").matches(celery))
                .isFalse();
    }

    @Test
    void clientWithoutSchemaOrCertificateMatchesNoRuleOnThem() {
        ClientIdentity bare = identity("u", "::1");
        assertThat(Rule.schema("*").matches(bare)).isFalse();
        assertThat(new Rule(null, null, null, Map.of(), "*").matches(bare)).isFalse();
    }

    @Property
    void globAgreesWithARegularExpression(@ForAll("patterns") String pattern, @ForAll("texts") String text) {
        StringBuilder regex = new StringBuilder();
        for (char c : pattern.toCharArray()) {
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        assertThat(new Glob(pattern).matches(text)).isEqualTo(Pattern.matches("(?s)" + regex, text));
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.strings().withChars("ab*?.").ofMaxLength(8);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("ab.*\n").ofMaxLength(8);
    }

    @Property
    void blockHoldsTheAddressesWithItsPrefix(
            @ForAll @Size(16) byte[] network, @ForAll @Size(16) byte[] address, @ForAll @IntRange(max = 128) int prefix)
            throws UnknownHostException {
        // Keeps both clear of the IPv4-mapped range, which is IPv4.
        network[0] = 0x20;
        BigInteger mask =
                BigInteger.ONE.shiftLeft(128 - prefix).subtract(BigInteger.ONE).not();
        BigInteger base = new BigInteger(1, network).and(mask);
        byte[] bytes = base.add(BigInteger.ONE.shiftLeft(130)).toByteArray();
        byte[] low = java.util.Arrays.copyOfRange(bytes, bytes.length - 16, bytes.length);
        if (prefix > 8) {
            address[0] = 0x20;
        }
        InetAddress near = InetAddress.getByAddress(address);
        if (near.getAddress().length != 16) {
            return;
        }
        CidrBlock block = CidrBlock.parse(InetAddress.getByAddress(low).getHostAddress() + "/" + prefix);

        assertThat(block.contains(near))
                .isEqualTo(new BigInteger(1, address).and(mask).equals(base));
    }

    @ParameterizedTest
    @CsvSource({
        "10.2.0.0/16, 10.2.255.255, true",
        "10.2.0.0/16, 10.3.0.0, false",
        "10.2.3.4, 10.2.3.4, true",
        "10.2.3.4, 10.2.3.5, false",
        "0.0.0.0/0, 192.0.2.1, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "::/0, 192.0.2.1, false",
        "::/0, 2001:db8::1, true",
        "10.2.3.4, ::ffff:10.2.3.4, true",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
    })
    void blocks(String block, String address, boolean inside) throws UnknownHostException {
        assertThat(CidrBlock.parse(block).contains(InetAddress.getByName(address)))
                .isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "10.2",
                "10.2.3.4.5",
                "10.2.3.999",
                "10.2.3.4/33",
                "10.2.3.4/",
                "10.2.3.4/-1",
                "10.2.3.4/8",
                "2001:db8::/129",
                "2001:db8::1/64",
                "fe80::1%eth0",
                "[::1]",
                "face",
                "de.ad.be.ef",
                ":::"
            })
    void noBlocks(String text) {
        assertThatThrownBy(() -> CidrBlock.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("source: '" + text + "' ")
                .hasMessageContaining("expected");
    }
}
