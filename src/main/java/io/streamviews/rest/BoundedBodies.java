package io.streamviews.rest;

import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.http.impl.HttpServerRequestWrapper;
import io.vertx.core.net.impl.ConnectionBase;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Answers a request whose body comes in chunks, which together are too large or which are malformed, with a problem document
 * as soon as that is known; what announces its length is checked by {@link BodyLimit}. Likewise one whose body there is no
 * room for any more (see {@link HeldBodies}).
 */
@Singleton
public class BoundedBodies {

    private final long limit;
    private final HeldBodies held;
    private final Set<String> unlimited = ConcurrentHashMap.newKeySet();

    BoundedBodies(@ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize limit, HeldBodies held) {
        this.limit = limit.asLongValue();
        this.held = held;
    }

    /** A path that takes bodies of any length, and holds none. */
    public void exempt(String path) {
        unlimited.add(path);
    }

    /** The request, whose body ends at the limit. */
    HttpServerRequest bound(HttpServerRequestInternal request) {
        if (!request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                && !request.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
            return request;
        }
        Bounded bounded = new Bounded(request);
        if (!unlimited.contains(request.path())) {
            bounded.limit = limit;
            bounded.body = held.of(bounded::refuse);
            PipelinedRequests.of((ConnectionBase) request.connection()).whenAnswered(bounded.body::release);
        }
        return bounded;
    }

    /** Once it has been answered from here, whoever reads it is told that no more will come, and of nothing else. */
    private static final class Bounded extends HttpServerRequestWrapper {

        private final Context context = Vertx.currentContext();
        private long limit = Long.MAX_VALUE;
        private HeldBodies.Body body;
        private boolean ended;
        private long length;
        private Handler<Throwable> reader;

        private Bounded(HttpServerRequestInternal request) {
            super(request);
            exceptionHandler(null);
        }

        @Override
        public HttpServerRequest handler(Handler<Buffer> handler) {
            if (body != null && handler != null) {
                body.begin();
            }
            delegate.handler(handler == null ? null : bytes -> read(bytes, handler));
            return this;
        }

        @Override
        public HttpServerRequest endHandler(Handler<Void> handler) {
            delegate.endHandler(
                    handler == null
                            ? null
                            : end -> {
                                if (body != null) {
                                    body.complete();
                                }
                                handler.handle(end);
                            });
            return this;
        }

        @Override
        public HttpServerRequest exceptionHandler(Handler<Throwable> handler) {
            reader = handler;
            delegate.exceptionHandler(this::broken);
            return this;
        }

        private void read(Buffer bytes, Handler<Buffer> handler) {
            if (ended) {
                return;
            }
            length += bytes.length();
            if (length > limit) {
                end(Problem.of(413, "The body has more than " + limit + " bytes"));
                return;
            }
            if (body != null) {
                body.add(bytes.length());
            }
            handler.handle(bytes);
        }

        private void refuse() {
            context.runOnContext(now -> end(Problem.of(ProblemType.BUSY, "There is no room for this request's body")));
        }

        private void end(Problem problem) {
            if (ended) {
                return;
            }
            ended = true;
            if (!delegate.response().headWritten()) {
                problem.answer(delegate);
                tell(new IOException(problem.detail()));
            }
        }

        /** Vert.x closes the connection after this; so the answer, if there can be one, has to go at once. */
        private void broken(Throwable failure) {
            ConnectionBase connection = (ConnectionBase) delegate.connection();
            boolean isOpen = connection.channelHandlerContext().channel().isActive();
            if (isOpen && !delegate.response().headWritten()) {
                Problem.of(400, "The body's chunks are malformed").answer(delegate);
                connection.channelHandlerContext().flush();
            }
            tell(failure);
        }

        private void tell(Throwable failure) {
            if (reader != null) {
                reader.handle(failure);
            }
        }
    }
}
