package io.connbudget.proxy.cli;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import io.connbudget.proxy.config.LogFormat;
import io.connbudget.proxy.logging.JsonLayout;
import io.connbudget.proxy.logging.LineLayout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the form of log lines in force; what is written before it has the form of {@code logback.xml}. */
final class LogSetup {
    private LogSetup() {}

    static void use(LogFormat format) {
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        Appender<ILoggingEvent> appender =
                context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stdout");
        if (appender instanceof ConsoleAppender<ILoggingEvent> stdout
                && stdout.getEncoder() instanceof LayoutWrappingEncoder<ILoggingEvent> encoder) {
            var layout = format == LogFormat.JSON ? new JsonLayout() : new LineLayout();
            layout.setContext(context);
            layout.start();
            encoder.setLayout(layout);
        }
    }
}
