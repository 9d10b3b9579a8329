package io.streamviews.rest;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * Puts a {@link ConnectionGuard} on each connection that a server of this process accepts. Netty finds it as a service, in
 * the packaged application: dev mode and tests in the JVM have Netty in a class loader of its own.
 */
@RegisterForReflection(methods = false, fields = false)
public final class GuardedConnections extends ChannelInitializerExtension {

    /** Else the system keeps megabytes for a client, and does not tell for as long whether one that is slow reads at all. */
    private static final int SOCKET_BUFFER = 128 * 1024;

    private static volatile LimitsConfig limits;

    /** To be called before anything connects or listens: Netty looks for services once. */
    static void install(LimitsConfig config) {
        limits = config;
        System.setProperty(EXTENSIONS_SYSTEM_PROPERTY, "serviceload");
    }

    @Override
    public void postInitializeServerChildChannel(Channel connection) {
        if (limits != null) {
            connection.config().setOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER);
            connection.pipeline().addFirst(new ConnectionGuard(limits));
        }
    }
}
