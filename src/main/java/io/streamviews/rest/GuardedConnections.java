package io.streamviews.rest;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;

/**
 * Puts a {@link ConnectionGuard} on each connection that a server of this process accepts. Netty finds it as a service, in
 * the packaged application: dev mode and tests in the JVM have Netty in a class loader of its own.
 */
public final class GuardedConnections extends ChannelInitializerExtension {

    private static volatile LimitsConfig limits;

    /** To be called before anything connects or listens: Netty looks for services once. */
    static void install(LimitsConfig config) {
        limits = config;
        System.setProperty(EXTENSIONS_SYSTEM_PROPERTY, "serviceload");
    }

    @Override
    public void postInitializeServerChildChannel(Channel connection) {
        if (limits != null) {
            connection.pipeline().addFirst(new ConnectionGuard(limits));
        }
    }
}
