package io.streamviews.rest;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.vertx.http.runtime.VertxHttpConfig;
import io.quarkus.vertx.http.runtime.VertxHttpConfig.InsecureRequests;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Sends requests without TLS to the port that has it, if they are to be redirected. Quarkus would do so in the handler that
 * {@link RequestGate} replaces.
 */
@Singleton
final class PlainRequests {

    private static final int PERMANENT_REDIRECT = 308;

    private final boolean redirected;
    private final OptionalInt secondPort;
    private final int secondSslPort;

    PlainRequests(
            @ConfigProperty(name = "quarkus.http.insecure-requests") Optional<InsecureRequests> insecure,
            @ConfigProperty(name = "streamviews.http.second-port") OptionalInt secondPort,
            @ConfigProperty(name = "streamviews.http.second-ssl-port") int secondSslPort) {
        this.redirected = insecure.filter(InsecureRequests.REDIRECT::equals).isPresent();
        this.secondPort = secondPort;
        this.secondSslPort = secondSslPort;
    }

    /** Whether the request has been answered. */
    boolean redirect(HttpServerRequest request) {
        if (!redirected || request.isSSL()) {
            return false;
        }
        boolean second = secondPort.isPresent()
                && secondPort.getAsInt() == request.localAddress().port();
        int port = second ? secondSslPort : firstSslPort();
        request.response()
                .setStatusCode(PERMANENT_REDIRECT)
                .putHeader(
                        HttpHeaders.LOCATION,
                        "https://%s:%d%s".formatted(request.authority().host(), port, request.uri()))
                .end()
                .onComplete(sent -> Problem.hangUp(request));
        return true;
    }

    private static int firstSslPort() {
        return ConfigProvider.getConfig()
                .unwrap(SmallRyeConfig.class)
                .getConfigMapping(VertxHttpConfig.class)
                .determineSslPort(LaunchMode.current());
    }
}
