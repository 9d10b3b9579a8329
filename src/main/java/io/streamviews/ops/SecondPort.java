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
 * The port on which the whole application, running as one process, answers in place of the other service, and the one on
 * which it does so with TLS. Each is open if the first port's counterpart is, with the same options, certificate and handler,
 * so that they behave the same; and before that is, or the application does not start.
 */
@Singleton
public final class SecondPort implements HttpServerOptionsCustomizer {

    private static final Logger LOG = Logger.getLogger(SecondPort.class);

    private final VertxInternal vertx;
    private final OptionalInt port;
    private final int sslPort;
    private final FirstPortTls tls;
    private final List<HttpServer> servers = new ArrayList<>();

    SecondPort(
            Vertx vertx,
            @ConfigProperty(name = "streamviews.http.second-port") OptionalInt port,
            @ConfigProperty(name = "streamviews.http.second-ssl-port") int sslPort,
            FirstPortTls tls) {
        this.vertx = (VertxInternal) vertx;
        this.port = port;
        this.sslPort = sslPort;
        this.tls = tls;
    }

    /** Called with the first port's options when they are complete; once per JVM in dev mode, where ports stay open. */
    @Override
    public void customizeHttpServer(HttpServerOptions first) {
        if (port.isPresent() && !tls.isAllThatIsServed()) {
            open(new HttpServerOptions(first).setPort(port.getAsInt()));
            LOG.infof("Listening on port %d, too", port.getAsInt());
        }
    }

    /** Called likewise, also if there is no certificate; then the first port has no TLS either. */
    @Override
    public void customizeHttpsServer(HttpServerOptions first) {
        if (port.isPresent() && first.getKeyCertOptions() != null) {
            HttpServerOptions options = new HttpServerOptions(first).setPort(sslPort);
            tls.keepCurrent(open(options), options);
            LOG.infof("Listening on port %d with TLS, too", sslPort);
        }
    }

    /** Servers of one Vert.x instance share a port, and its certificate; one per core uses them all. */
    private HttpServer open(HttpServerOptions options) {
        // They are no verticles, because a live reload undeploys those, and with them the connection whose request
        // caused it.
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
            return servers.get(servers.size() - 1);
        } catch (CompletionException e) {
            throw e.getCause() instanceof BindException inUse
                    ? new IllegalStateException(new QuarkusBindException(options.getHost(), options.getPort(), inUse))
                    : e;
        }
    }

    void close(@Observes ShutdownEvent event) {
        if (LaunchMode.current() != LaunchMode.DEVELOPMENT) {
            tls.forget();
            Future.join(servers.stream().map(HttpServer::close).toList())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        }
    }
}
