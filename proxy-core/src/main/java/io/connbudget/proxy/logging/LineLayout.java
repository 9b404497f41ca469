package io.connbudget.proxy.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * One line for one event, as {@code key=value}. A value with a space, a quote, an equals sign or a control character is quoted and escaped, so that what a
 * client sends cannot make a line of its own.
 */
public final class LineLayout extends LayoutBase<ILoggingEvent> {
    private static final int MAX_FRAMES = 40;

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160);
        Instant time = Instant.ofEpochMilli(event.getTimeStamp()).truncatedTo(ChronoUnit.MILLIS);
        line.append("time=").append(time);
        line.append(" level=").append(event.getLevel().toString().toLowerCase(Locale.ROOT));
        String logger = event.getLoggerName();
        line.append(" logger=").append(logger, logger.lastIndexOf('.') + 1, logger.length());
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                append(line, pair.key, String.valueOf(pair.value));
            }
        }
        String message = event.getFormattedMessage();
        if (message != null && !message.isEmpty()) {
            append(line, "msg", message);
        }
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            append(line, "exception", chain(thrown));
            append(line, "stack", frames(thrown));
        }
        return line.append('\n').toString();
    }

    /** The exception and its causes, outermost first. */
    static String chain(IThrowableProxy thrown) {
        StringBuilder chain = new StringBuilder();
        for (IThrowableProxy at = thrown; at != null; at = at.getCause()) {
            if (chain.length() > 0) {
                chain.append(" <- ");
            }
            chain.append(at.getClassName());
            if (at.getMessage() != null) {
                chain.append(": ").append(at.getMessage());
            }
        }
        return chain.toString();
    }

    /** The frames of the innermost cause: where it began. */
    static String frames(IThrowableProxy thrown) {
        IThrowableProxy root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        StringBuilder frames = new StringBuilder();
        StackTraceElementProxy[] elements = root.getStackTraceElementProxyArray();
        for (int i = 0; i < elements.length && i < MAX_FRAMES; i++) {
            if (i > 0) {
                frames.append(" < ");
            }
            frames.append(elements[i].getStackTraceElement());
        }
        return frames.toString();
    }

    private static void append(StringBuilder line, String key, @Nullable String value) {
        line.append(' ').append(key).append('=');
        String text = value == null ? "" : value;
        if (!needsQuotes(text)) {
            line.append(text);
            return;
        }
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c == '\n') {
                line.append("\\n");
            } else if (isUnprintable(c)) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }

    private static boolean needsQuotes(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ' ' || c == '"' || c == '=' || c == '\\' || isUnprintable(c)) {
                return true;
            }
        }
        return text.isEmpty();
    }

    /** Control characters of ASCII and Latin-1, and the separators that some viewers take for the end of a line. */
    private static boolean isUnprintable(char c) {
        return c < ' ' || (c >= 0x7f && c < 0xa0) || c == '\u2028' || c == '\u2029';
    }
}
