package io.streamviews.projection;

import io.netty.channel.Channel;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionBase;

/**
 * Ends a pooled connection that does not answer. Closing it as usual gives it back to the pool as it is, and even its
 * socket's own close first sends a farewell, behind all that PostgreSQL has not taken yet.
 */
final class CutConnection {

    private CutConnection() {}

    /** Done when the pool has forgotten the connection: closed any earlier, somebody else would be given it. */
    static Uni<Void> of(SqlConnection connection) {
        SocketConnectionBase socket = socket(connection);
        Channel channel = socket.socket().channelHandlerContext().channel();
        return Uni.createFrom().emitter(cut -> channel.eventLoop().execute(() -> {
            if (!socket.isValid()) {
                cut.complete(null);
                return;
            }
            // Called just before the pool is told.
            connection.closeHandler(() -> Vertx.currentContext().runOnContext(told -> cut.complete(null)));
            channel.unsafe().close(channel.voidPromise());
        }));
    }

    private static SocketConnectionBase socket(SqlConnection connection) {
        return (SocketConnectionBase)
                ((SqlConnectionBase<?>) connection.getDelegate()).unwrap().unwrap();
    }
}
