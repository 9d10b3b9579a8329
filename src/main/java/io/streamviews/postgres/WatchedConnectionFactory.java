package io.streamviews.postgres;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.impl.NetClientImpl;
import io.vertx.pgclient.impl.PgConnectionFactory;
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionBase;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Makes connections with an {@link AnswerWatch} each. One that PostgreSQL does not let in, although TCP has connected, is
 * cut as well: nobody else knows of its socket.
 */
final class WatchedConnectionFactory extends PgConnectionFactory {

    /** An answer may be on its way just now. */
    private static final String IS_AT_WORK =
            """
            SELECT FROM pg_stat_activity
            WHERE pid = %d
              AND (coalesce(state, '') NOT LIKE 'idle%%' OR state_change > clock_timestamp() - interval '%d ms')
            """;

    private final Waits waits;
    private final Map<JsonObject, NetClient> clients = new HashMap<>();

    WatchedConnectionFactory(
            VertxInternal vertx, Supplier<? extends Future<? extends SqlConnectOptions>> servers, Waits waits) {
        super(vertx, servers);
        this.waits = waits;
    }

    @Override
    public Future<SqlConnection> connect(Context context, SqlConnectOptions server) {
        return connect(context, server, pid -> isAtWork(context, server, pid));
    }

    private Future<SqlConnection> connect(Context context, SqlConnectOptions server, Inquiry inquiry) {
        return super.connect(context, server).map(connection -> {
            SocketConnectionBase socket = (SocketConnectionBase) ((SqlConnectionBase<?>) connection).unwrap();
            AnswerWatch watch = new AnswerWatch(waits, () -> inquiry.isAtWork(socket.getProcessId()));
            socket.socket().channelHandlerContext().pipeline().addBefore("handler", "answers", watch);
            return connection;
        });
    }

    private Future<Boolean> isAtWork(Context context, SqlConnectOptions server, int pid) {
        String question = IS_AT_WORK.formatted(pid, waits.silence().toMillis() / 2);
        return connect(context, server, own -> Future.succeededFuture(true)).compose(other -> other.query(question)
                .execute()
                .map(rows -> rows.size() > 0)
                .onComplete(answered -> other.close()));
    }

    @Override
    protected synchronized NetClient netClient(NetClientOptions server) {
        return clients.computeIfAbsent(server.toJson(), known -> {
            NetClientOptions options = new NetClientOptions(server).setReconnectAttempts(0);
            if (options.getHostnameVerificationAlgorithm() == null) {
                options.setHostnameVerificationAlgorithm("");
            }
            NetClientImpl client = new Sockets(options);
            clientCloseFuture.add(client);
            return client;
        });
    }

    private final class Sockets extends NetClientImpl {

        private Sockets(NetClientOptions options) {
            super(vertx, null, options, clientCloseFuture);
        }

        @Override
        protected void initChannel(ChannelPipeline pipeline) {
            super.initChannel(pipeline);
            Channel channel = pipeline.channel();
            channel.eventLoop()
                    .schedule(() -> cutIfOutside(channel), waits.handshake().toMillis(), TimeUnit.MILLISECONDS);
        }

        private void cutIfOutside(Channel channel) {
            if (channel.isActive() && channel.pipeline().get(AnswerWatch.class) == null) {
                AnswerWatch.cut(channel, new NoAnswerException(waits.handshake()));
            }
        }
    }

    private interface Inquiry {
        Future<Boolean> isAtWork(int pid);
    }
}
