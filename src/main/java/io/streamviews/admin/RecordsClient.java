package io.streamviews.admin;

import io.streamviews.rest.UnreadAnswer;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/**
 * A client that reads records. It is given a piece when it has taken the one before, and is cut if it leaves one unread for
 * too long. To be used on the request's event loop.
 */
final class RecordsClient {

    private static final int PIECE_BYTES = 32 * 1024;

    private final HttpServerRequest request;
    private final UnreadAnswer unread;
    private final Runnable ended;
    private final Context context = Vertx.currentContext();
    private boolean gone;

    /** @param ended called once when it is over */
    RecordsClient(HttpServerRequest request, UnreadAnswer unread, Runnable ended) {
        this.request = request;
        this.unread = unread;
        this.ended = ended;
        request.response().closeHandler(closed -> gone = true);
        request.response().exceptionHandler(failure -> gone = true);
    }

    boolean isGone() {
        return gone;
    }

    /** @param taken called when the client has taken all of it, or is gone */
    void give(Buffer lines, Runnable taken) {
        if (gone || lines.length() == 0) {
            taken.run();
            return;
        }
        int length = Math.min(PIECE_BYTES, lines.length());
        unread.given();
        request.response().write(lines.slice(0, length)).onComplete(written -> {
            unread.taken();
            gone |= written.failed();
            context.runOnContext(next -> give(lines.slice(length, lines.length()), taken));
        });
    }

    /** In good order: it has been given everything. */
    void end() {
        if (!request.response().closed()) {
            request.response().end();
        }
        ended.run();
    }

    void breakOff() {
        UnreadAnswer.cut(request);
        ended.run();
    }
}
