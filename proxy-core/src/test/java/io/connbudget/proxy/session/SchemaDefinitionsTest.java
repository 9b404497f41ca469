package io.connbudget.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SchemaDefinitionsTest {
    private final SchemaDefinitions definitions = new SchemaDefinitions();

    @Test
    void aChangeIsSeenByWhatWasSelectedBeforeIt() {
        long before = definitions.now();
        definitions.changed();
        long behind = definitions.now();

        assertThat(definitions.changedSince(before, "a")).isTrue();
        assertThat(definitions.changedSince(behind, "a")).isFalse();
    }

    @Test
    void aSchemaThatIsToBeAskedForMakesNoOtherStale() {
        long before = definitions.now();
        definitions.changed("a");

        assertThat(definitions.changedSince(before, "a")).isTrue();
        assertThat(definitions.changedSince(before, "b")).isFalse();
        assertThat(definitions.changedSince(definitions.now(), "a")).isFalse();
    }

    @Test
    void forgetsNoChangeWhereThereAreTooManySchemas() {
        long before = definitions.now();
        definitions.changed("first");
        IntStream.range(0, SchemaDefinitions.MAX_SCHEMAS).forEach(i -> definitions.changed("s" + i));

        assertThat(definitions.changedSince(before, "first")).isTrue();
        assertThat(definitions.changedSince(definitions.now(), "first")).isFalse();
    }
}
