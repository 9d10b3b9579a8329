package io.streamviews.rest;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.HttpServerOptions;
import jakarta.annotation.Priority;
import jakarta.inject.Singleton;

/**
 * Switches HTTP/2 off, in clear and with TLS, before another port copies the options: what bounds a client here (what it
 * leaves unread, the time for a head or a body, requests sent ahead) sees a connection of HTTP/1.1.
 */
@Singleton
@Priority(Integer.MAX_VALUE)
public final class Http1Only implements HttpServerOptionsCustomizer {

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        options.setHttp2ClearTextEnabled(false);
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        options.setUseAlpn(false);
    }
}
