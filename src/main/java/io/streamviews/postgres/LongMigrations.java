package io.streamviews.postgres;

import java.sql.SQLException;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/**
 * Lets a migration's statements take as long as they take, where any other JDBC statement has to be answered within a
 * while: a view may be filled from all that is there. TCP tells whether PostgreSQL is still to be reached.
 */
public final class LongMigrations extends BaseCallback {

    @Override
    public boolean supports(Event event, Context context) {
        return event == Event.BEFORE_EACH_MIGRATE;
    }

    @Override
    public void handle(Event event, Context context) {
        try {
            context.getConnection().setNetworkTimeout(Runnable::run, 0);
        } catch (SQLException e) {
            throw new FlywayException(e);
        }
    }
}
