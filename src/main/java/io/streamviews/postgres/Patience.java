package io.streamviews.postgres;

import io.netty.util.AttributeKey;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionBase;
import java.time.Duration;

/**
 * How long a connection waits for an answer, where that is not as long as any other does. To be set while nothing is on its
 * way, and to be given up before the connection goes back to a pool that it shares with others.
 */
public final class Patience {

    /** Nanoseconds; null is the usual patience. */
    static final AttributeKey<Long> NANOS = AttributeKey.valueOf(Patience.class, "nanos");

    private Patience() {}

    /** Should be longer than PostgreSQL has been told to take, so that PostgreSQL ends it, and says why. */
    public static void of(SqlConnection connection, Duration atMost) {
        set(connection, atMost.toNanos());
    }

    /** As long as PostgreSQL, when another connection asks, says that it is still at work. */
    public static void whileAtWork(SqlConnection connection) {
        set(connection, Long.MAX_VALUE);
    }

    public static void asUsual(SqlConnection connection) {
        set(connection, null);
    }

    private static void set(SqlConnection connection, Long nanos) {
        SqlConnectionBase<?> delegate = (SqlConnectionBase<?>) connection.getDelegate();
        SocketConnectionBase socket = (SocketConnectionBase) delegate.unwrap().unwrap();
        socket.socket().channelHandlerContext().channel().attr(NANOS).set(nanos);
    }
}
