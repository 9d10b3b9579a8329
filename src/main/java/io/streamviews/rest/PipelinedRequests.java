package io.streamviews.rest;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Bounds the requests that a client sends on a connection before those in front are answered: Vert.x would keep any number,
 * behind an answer that never ends. What comes on top is thrown away, and the connection closed behind the last answer, so
 * that its client sends it again (RFC 9112, 9.3.2). To be used on the connection's event loop.
 */
final class PipelinedRequests extends ChannelInboundHandlerAdapter {

    /** With the one that is being answered. */
    private static final int MOST = 4;

    private final ConnectionBase connection;
    private Runnable whenAnswered;
    private int unanswered = 1;
    private boolean full;

    private PipelinedRequests(ConnectionBase connection) {
        this.connection = connection;
    }

    /** To be called first when the first request of the connection begins. */
    static PipelinedRequests of(ConnectionBase connection) {
        ChannelPipeline pipeline = connection.channel().pipeline();
        PipelinedRequests known = pipeline.get(PipelinedRequests.class);
        if (known != null) {
            return known;
        }
        PipelinedRequests first = new PipelinedRequests(connection);
        pipeline.addBefore(connection.channelHandlerContext().name(), null, first);
        return first;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest && !full) {
            full = unanswered == MOST;
            unanswered += full ? 0 : 1;
        }
        if (full) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        endCurrent();
        context.fireChannelInactive();
    }

    /** Has it done when the request that is being answered has been, or its client is gone. */
    void whenAnswered(Runnable task) {
        whenAnswered = task;
    }

    void answered() {
        endCurrent();
        unanswered--;
        if (full && unanswered == 0) {
            connection.close();
        }
    }

    private void endCurrent() {
        if (whenAnswered != null) {
            whenAnswered.run();
            whenAnswered = null;
        }
    }
}
