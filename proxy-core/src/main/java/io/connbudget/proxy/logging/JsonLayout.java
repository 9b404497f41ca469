package io.connbudget.proxy.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/** One line for one event, as a JSON object with the keys of {@link LineLayout}; numbers and booleans are no texts. */
public final class JsonLayout extends LayoutBase<ILoggingEvent> {
    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(200).append('{');
        put(
                line,
                "time",
                Instant.ofEpochMilli(event.getTimeStamp())
                        .truncatedTo(ChronoUnit.MILLIS)
                        .toString());
        put(line, "level", event.getLevel().toString().toLowerCase(Locale.ROOT));
        String logger = event.getLoggerName();
        put(line, "logger", logger.substring(logger.lastIndexOf('.') + 1));
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                put(line, pair.key, pair.value);
            }
        }
        String message = event.getFormattedMessage();
        if (message != null && !message.isEmpty()) {
            put(line, "msg", message);
        }
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            put(line, "exception", LineLayout.chain(thrown));
            put(line, "stack", LineLayout.frames(thrown));
        }
        line.setLength(line.length() - 1);
        return line.append("}\n").toString();
    }

    private static void put(StringBuilder line, String key, Object value) {
        text(line, key);
        line.append(':');
        if (value instanceof Number || value instanceof Boolean) {
            line.append(value);
        } else {
            text(line, String.valueOf(value));
        }
        line.append(',');
    }

    private static void text(StringBuilder line, String text) {
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < ' '
                    || (c >= 0x7f && c < 0xa0)
                    || c == '\u2028'
                    || c == '\u2029'
                    || Character.isSurrogate(c)) {
                // A lone surrogate has no UTF-8; a pair survives as two escapes.
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }
}
