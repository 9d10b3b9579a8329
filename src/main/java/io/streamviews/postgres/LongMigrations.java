package io.streamviews.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/**
 * Lets a migration's statements take as long as PostgreSQL is at work on them, where any other JDBC statement has to be
 * answered within a while: a view may be filled from all that is there. A {@link MigrationWatch} sees to it that a
 * connection that is lost meanwhile is not waited for.
 */
public final class LongMigrations extends BaseCallback {

    private final Duration interval;
    private final Duration silence;
    private MigrationWatch watch;
    private int usualMillis;

    public LongMigrations() {
        this(Duration.ofSeconds(10), Duration.ofMinutes(1));
    }

    /**
     * @param interval how often PostgreSQL is asked
     * @param silence after which a connection is cut for which it has not said so
     */
    LongMigrations(Duration interval, Duration silence) {
        this.interval = interval;
        this.silence = silence;
    }

    @Override
    public boolean supports(Event event, Context context) {
        return event == Event.BEFORE_EACH_MIGRATE
                || event == Event.AFTER_EACH_MIGRATE
                || event == Event.AFTER_EACH_MIGRATE_ERROR;
    }

    @Override
    public void handle(Event event, Context context) {
        Connection connection = context.getConnection();
        try {
            if (event == Event.BEFORE_EACH_MIGRATE) {
                usualMillis = connection.getNetworkTimeout();
                watch = MigrationWatch.of(connection, context.getConfiguration().getDataSource(), interval, silence);
                connection.setNetworkTimeout(Runnable::run, 0);
            } else if (watch != null) {
                watch.close();
                watch = null;
                if (!connection.isClosed()) {
                    connection.setNetworkTimeout(Runnable::run, usualMillis);
                }
            }
        } catch (SQLException e) {
            throw new FlywayException(e);
        }
    }
}
