package io.streamviews.postgres;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.impl.command.CloseConnectionCommand;
import io.vertx.sqlclient.impl.command.CloseCursorCommand;
import io.vertx.sqlclient.impl.command.CommandBase;
import io.vertx.sqlclient.impl.command.CommandResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Sees to it that no wait on a connection is without end: stands between the protocol's codec and the client, sees commands
 * go and answers come, and cuts a connection on which an answer is missing for too long. What was on its way then fails with
 * a {@link NoAnswerException}, but only after the pool has forgotten the connection, which else would be given to the next
 * one in line.
 *
 * <p>A connection at rest is asked something every so often, so that a lost one is found before somebody needs it. One on which
 * PostgreSQL has refused to write is cut, too: a session that began while its database was read-only stays so when it is not.
 */
final class AnswerWatch extends ChannelDuplexHandler {

    private static final Logger LOG = Logger.getLogger(AnswerWatch.class);

    /** Nobody waits for what is said to a farewell. */
    private static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final String READ_ONLY_TRANSACTION = "25006";

    private static final long LAST_CHANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Waits waits;
    private final Supplier<Future<Boolean>> isAtWork;
    private final Queue<CommandResponse<?>> heldBack = new ArrayDeque<>();
    private int awaited;
    private long since;
    private long lastChance;
    private CommandBase<?> question;
    private boolean asking;
    private boolean leaving;
    private boolean gone;
    private NoAnswerException cut;
    private ScheduledFuture<?> look;

    /** @param isAtWork asks PostgreSQL, on another connection, whether it is doing what this one has sent */
    AnswerWatch(Waits waits, Supplier<Future<Boolean>> isAtWork) {
        this.waits = waits;
        this.isAtWork = isAtWork;
    }

    /**
     * Closes a connection for a reason. An orderly close would first send a farewell, behind all that PostgreSQL has not
     * taken yet.
     */
    static void cut(Channel channel, NoAnswerException reason) {
        channel.pipeline().fireExceptionCaught(reason);
        channel.unsafe().close(channel.voidPromise());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        since = System.nanoTime();
        lookIn(ctx, waits.rest().toNanos());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (look != null) {
            look.cancel(false);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof CommandBase<?>) {
            if (awaited++ == 0) {
                since = System.nanoTime();
            }
            leaving |= message instanceof CloseConnectionCommand;
            lookIn(ctx, Math.min(waits.silence().toNanos(), limit(ctx)));
        }
        ctx.write(message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof CommandResponse<?> answer)) {
            ctx.fireChannelRead(message);
            return;
        }
        awaited--;
        since = System.nanoTime();
        if (answer.cmd == question) {
            question = null;
        } else if (cut == null && ctx.channel().isActive() && !isReadOnly(answer)) {
            ctx.fireChannelRead(answer);
        } else {
            heldBack.add(answer);
            if (ctx.channel().isActive()) {
                cut(ctx, new NoAnswerException("PostgreSQL only reads on this connection, which is closed"));
            }
            letGo(ctx);
        }
    }

    private static boolean isReadOnly(CommandResponse<?> answer) {
        return answer.toAsyncResult().cause() instanceof PgException refused
                && READ_ONLY_TRANSACTION.equals(refused.getSqlState());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ctx.fireChannelInactive();
        gone = true;
        letGo(ctx);
    }

    /** The client would say farewell, and print a stack trace. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause != cut) {
            ctx.fireExceptionCaught(cause);
        }
    }

    private void letGo(ChannelHandlerContext ctx) {
        if (gone) {
            ctx.executor().execute(() -> {
                while (!heldBack.isEmpty()) {
                    heldBack.remove().fire();
                }
            });
        }
    }

    /** Looks after so long, or before. */
    private void lookIn(ChannelHandlerContext ctx, long nanos) {
        if (look != null && !look.isDone()) {
            if (look.getDelay(TimeUnit.NANOSECONDS) <= nanos) {
                return;
            }
            look.cancel(false);
        }
        look = ctx.executor().schedule(() -> look(ctx), nanos, TimeUnit.NANOSECONDS);
    }

    private void look(ChannelHandlerContext ctx) {
        if (!ctx.channel().isActive()) {
            return;
        }
        look = null;
        long waited = System.nanoTime() - since;
        long most =
                awaited == 0 ? waits.rest().toNanos() : Math.min(waits.silence().toNanos(), limit(ctx));
        if (waited < most) {
            lookIn(ctx, most - waited);
        } else if (awaited == 0) {
            ask(ctx);
        } else if (waited >= limit(ctx)) {
            cutUnlessHeardNow(ctx);
        } else {
            askElsewhere(ctx);
            lookIn(ctx, Math.min(waits.silence().toNanos(), limit(ctx) - waited));
        }
    }

    /** A ping that has no effect, and is answered in any transaction: it closes a cursor that does not exist. */
    private void ask(ChannelHandlerContext ctx) {
        question = new CloseCursorCommand("", null);
        write(ctx, question, ctx.voidPromise());
        ctx.flush();
    }

    /** Cuts only if PostgreSQL answers no; while it cannot be asked, the limit applies. */
    private void askElsewhere(ChannelHandlerContext ctx) {
        if (asking) {
            return;
        }
        asking = true;
        long unanswered = since;
        isAtWork.get().onComplete(answer -> ctx.executor().execute(() -> {
            asking = false;
            boolean isLost = answer.succeeded() && !answer.result();
            if (isLost && awaited > 0 && since == unanswered && ctx.channel().isActive()) {
                cut(ctx);
            }
        }));
    }

    /** After a pause of this process the answer may be there, and not have been read yet. */
    private void cutUnlessHeardNow(ChannelHandlerContext ctx) {
        if (lastChance == since) {
            cut(ctx);
        } else {
            lastChance = since;
            lookIn(ctx, LAST_CHANCE_NANOS);
        }
    }

    private void cut(ChannelHandlerContext ctx) {
        cut(ctx, new NoAnswerException(Duration.ofNanos(System.nanoTime() - since)));
    }

    /** Once, and not in the midst of an answer. */
    private void cut(ChannelHandlerContext ctx, NoAnswerException reason) {
        if (cut == null) {
            cut = reason;
            LOG.debugf("A connection is cut: %s", reason.getMessage());
            ctx.executor().execute(() -> cut(ctx.channel(), reason));
        }
    }

    private long limit(ChannelHandlerContext ctx) {
        Long own = ctx.channel().attr(Patience.NANOS).get();
        long limit = own == null ? waits.limit().toNanos() : own;
        return leaving ? Math.min(limit, FAREWELL_NANOS) : limit;
    }
}
