package io.streamviews.rest;

import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
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
 * as soon as that is known. What announces its length is checked by {@link BodyLimit}.
 */
@Singleton
public class ChunkedBodies {

    private final long limit;
    private final Set<String> unlimited = ConcurrentHashMap.newKeySet();

    ChunkedBodies(@ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize limit) {
        this.limit = limit.asLongValue();
    }

    /** A path that takes bodies of any length. */
    public void exempt(String path) {
        unlimited.add(path);
    }

    /** The request, whose body ends at the limit. */
    HttpServerRequest bound(HttpServerRequestInternal request) {
        boolean announced = request.headers().contains(HttpHeaders.CONTENT_LENGTH);
        boolean chunked = request.version() == HttpVersion.HTTP_2
                ? !announced
                : request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
        return chunked ? new Chunked(request, unlimited.contains(request.path()) ? Long.MAX_VALUE : limit) : request;
    }

    /** Once it has been answered from here, whoever reads it is told that no more will come, and of nothing else. */
    private static final class Chunked extends HttpServerRequestWrapper {

        private final long limit;
        private long length;
        private Handler<Throwable> reader;

        private Chunked(HttpServerRequestInternal request, long limit) {
            super(request);
            this.limit = limit;
            exceptionHandler(null);
        }

        @Override
        public HttpServerRequest handler(Handler<Buffer> handler) {
            delegate.handler(handler == null ? null : bytes -> read(bytes, handler));
            return this;
        }

        @Override
        public HttpServerRequest exceptionHandler(Handler<Throwable> handler) {
            reader = handler;
            delegate.exceptionHandler(this::broken);
            return this;
        }

        private void read(Buffer bytes, Handler<Buffer> handler) {
            length += bytes.length();
            if (length <= limit) {
                handler.handle(bytes);
            } else if (!delegate.response().headWritten()) {
                Problem.of(413, "The body has more than " + limit + " bytes").answer(delegate);
                tell(new IOException("The body is too large"));
            }
        }

        /** Vert.x closes the connection after this; so the answer, if there can be one, has to go at once. */
        private void broken(Throwable failure) {
            ConnectionBase connection = (ConnectionBase) delegate.connection();
            boolean isOpen = connection.channelHandlerContext().channel().isActive();
            if (isOpen
                    && delegate.version() != HttpVersion.HTTP_2
                    && !delegate.response().headWritten()) {
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
