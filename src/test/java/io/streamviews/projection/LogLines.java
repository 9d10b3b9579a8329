package io.streamviews.projection;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/** What the projection, and Kafka Streams beneath it, say while a test listens. */
final class LogLines extends Handler {

    private static final List<Logger> HEARD =
            List.of(Logger.getLogger("io.streamviews.projection"), Logger.getLogger("org.apache.kafka.streams"));

    private static final PatternFormatter FORMATTER = new PatternFormatter("%s");

    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    static LogLines listen() {
        LogLines lines = new LogLines();
        HEARD.forEach(logger -> logger.addHandler(lines));
        return lines;
    }

    /** Lines of a level. */
    List<String> at(Level level) {
        return records.stream()
                .filter(heard -> heard.getLevel().intValue() == level.intValue())
                .filter(heard -> heard.getLoggerName().startsWith("io.streamviews"))
                .map(LogLines::text)
                .toList();
    }

    /** Lines that come with a stack trace. */
    List<String> stackTraces() {
        return records.stream()
                .filter(heard -> heard.getThrown() != null)
                .map(LogLines::text)
                .toList();
    }

    private static String text(LogRecord heard) {
        return FORMATTER.format(heard);
    }

    @Override
    public void publish(LogRecord heard) {
        records.add(heard);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        HEARD.forEach(logger -> logger.removeHandler(this));
    }
}
