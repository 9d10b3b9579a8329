package io.streamviews.ops;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.quarkus.vertx.http.runtime.VertxHttpRecorder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * The port on which the whole application, running as one process, answers in place of the other service. It has the
 * first port's options and its handler, so that both behave the same; and it is open before the first port is, or the
 * application does not start.
 */
@Singleton
public final class SecondPort implements HttpServerOptionsCustomizer {

    private static final Logger LOG = Logger.getLogger(SecondPort.class);

    private final VertxInternal vertx;
    private final OptionalInt port;
    private final List<HttpServer> servers = new ArrayList<>();

    SecondPort(Vertx vertx, @ConfigProperty(name = "streamviews.http.second-port") OptionalInt port) {
        this.vertx = (VertxInternal) vertx;
        this.port = port;
    }

    /** Called with the first port's options when they are complete; once per JVM in dev mode, where ports stay open. */
    @Override
    public void customizeHttpServer(HttpServerOptions first) {
        port.ifPresent(number -> open(new HttpServerOptions(first).setPort(number)));
    }

    private void open(HttpServerOptions options) {
        // Servers of one Vert.x instance share a port; one per core uses them all. They are no verticles, because a
        // live
        // reload undeploys those, and with them the connection whose request caused it.
        try {
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                Context eventLoop = vertx.createEventLoopContext();
                Future<HttpServer> listening =
                        Future.future(done -> eventLoop.runOnContext(start -> vertx.createHttpServer(options)
                                .requestHandler(VertxHttpRecorder.getRootHandler())
                                .listen()
                                .onComplete(done)));
                servers.add(listening.toCompletionStage().toCompletableFuture().join());
            }
        } catch (CompletionException e) {
            throw e.getCause() instanceof BindException inUse
                    ? new IllegalStateException(new QuarkusBindException(options.getHost(), options.getPort(), inUse))
                    : e;
        }
        LOG.infof("Listening on port %d, too", options.getPort());
    }

    void close(@Observes ShutdownEvent event) {
        if (LaunchMode.current() != LaunchMode.DEVELOPMENT) {
            Future.join(servers.stream().map(HttpServer::close).toList())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        }
    }
}
