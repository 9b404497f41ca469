package io.connbudget.proxy.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LineLayoutTest {
    private final LineLayout layout = new LineLayout();

    @Test
    void keysAndMessageOnOneLine() {
        LoggingEvent event = event("two words", null);
        event.addKeyValuePair(new KeyValuePair(LogKeys.EVENT, "serving"));
        event.addKeyValuePair(new KeyValuePair(LogKeys.BUDGET, 16));

        assertThat(layout.doLayout(event))
                .isEqualTo(
                        "time=1970-01-01T00:00:01.500Z level=warn logger=Foo event=serving budget=16 msg=\"two words\"\n");
    }

    @Test
    void whatAClientSendsCannotMakeALineOrAKey() {
        LoggingEvent event = event("", null);
        event.addKeyValuePair(new KeyValuePair(LogKeys.USER, "x\nlevel=error \"a\\\u001b\u2028"));

        assertThat(layout.doLayout(event))
                .endsWith(" user=\"x\\nlevel=error \\\"a\\\\\\u001b\\u2028\"\n")
                .containsOnlyOnce("\n");
    }

    @Test
    void exceptionsStayOnTheLineWithCausesAndTheFramesOfTheFirst() {
        LoggingEvent event = event("failed", new IllegalStateException("outer", new IOException("inner\nline")));

        assertThat(layout.doLayout(event))
                .contains(" exception=\"java.lang.IllegalStateException: outer <- java.io.IOException: inner\\nline\"")
                .contains(" stack=\"io.connbudget.proxy.logging.LineLayoutTest.")
                .containsOnlyOnce("\n");
    }

    @Test
    void keysAreEachThereOnce() throws Exception {
        List<String> keys = Arrays.stream(LogKeys.class.getFields())
                .map(LineLayoutTest::text)
                .toList();

        assertThat(keys).doesNotHaveDuplicates().allMatch(key -> key.matches("[a-z_]+"));
    }

    private static String text(Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static LoggingEvent event(String message, Throwable thrown) {
        LoggerContext context = new LoggerContext();
        LoggingEvent event = new LoggingEvent("x", context.getLogger("a.b.Foo"), Level.WARN, message, thrown, null);
        event.setTimeStamp(1500);
        return event;
    }
}
