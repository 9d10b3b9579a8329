package io.streamviews.ops;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.quarkus.tls.runtime.config.TlsConfig;
import io.quarkus.vertx.http.runtime.HttpCertificateUpdateEventListener;
import io.quarkus.vertx.http.runtime.VertxHttpBuildTimeConfig;
import io.quarkus.vertx.http.runtime.VertxHttpConfig;
import io.quarkus.vertx.http.runtime.VertxHttpConfig.InsecureRequests;
import io.quarkus.vertx.http.runtime.options.HttpServerOptionsUtils;
import io.quarkus.vertx.http.runtime.options.HttpServerTlsConfig;
import io.quarkus.vertx.http.runtime.options.TlsCertificateReloader;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.ConfigProvider;

/** What Quarkus has been told of TLS on the first port, so that it holds for another server, too. */
@Singleton
final class FirstPortTls {

    private static final long NONE = -1;

    private final Vertx vertx;
    private final TlsConfigurationRegistry registry;
    private final HttpCertificateUpdateEventListener updates;
    private long reload = NONE;

    FirstPortTls(Vertx vertx, TlsConfigurationRegistry registry, HttpCertificateUpdateEventListener updates) {
        this.vertx = vertx;
        this.registry = registry;
        this.updates = updates;
    }

    /** Whether requests without TLS are not even heard. */
    boolean isAllThatIsServed() {
        return HttpServerOptionsUtils.getInsecureRequestStrategy(
                        config(VertxHttpConfig.class), config(VertxHttpBuildTimeConfig.class), LaunchMode.current())
                == InsecureRequests.DISABLED;
    }

    /** Has a server change its certificate when the first port does. */
    void keepCurrent(HttpServer server, HttpServerOptions options) {
        VertxHttpConfig http = config(VertxHttpConfig.class);
        Optional<String> name = HttpServerTlsConfig.getHttpServerTlsConfigName(
                http, config(VertxHttpBuildTimeConfig.class), LaunchMode.current());
        updates.register(server, name.orElse(TlsConfig.DEFAULT_NAME), "second port");
        reload = TlsCertificateReloader.initCertReloadingAction(vertx, server, options, http.ssl(), registry, name);
    }

    void forget() {
        if (reload != NONE) {
            TlsCertificateReloader.unschedule(vertx, reload);
        }
    }

    private static <T> T config(Class<T> settings) {
        return ConfigProvider.getConfig().unwrap(SmallRyeConfig.class).getConfigMapping(settings);
    }
}
