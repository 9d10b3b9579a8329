package io.streamviews.projection;

import io.vertx.mutiny.sqlclient.Pool;
import java.time.Duration;

/**
 * A schema that holds a generation of views, as one process writes it.
 *
 * @param owner names the process in the positions, for people
 */
public record ViewSchema(String name, Pool pool, String owner) {

    /** @param writeTimeout of a statement */
    public ViewTransactions transactions(Duration writeTimeout) {
        return new ViewTransactions(pool, writeTimeout);
    }

    public Positions positions(ViewTransactions transactions) {
        return new Positions(transactions, name, owner);
    }
}
