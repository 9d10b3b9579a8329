package io.streamviews.dev;

import java.util.Map;

/**
 * The embedded servers as everything in this JVM sees them, whatever class loader it comes from: a live reload and
 * tests with different profiles bring class loaders of their own, but there is one broker and one database.
 */
public interface EmbeddedServersMXBean {

    /** The configuration that leads an application to these servers. */
    Map<String, String> getConfiguration();

    String getBootstrapServers();

    int getDatabasePort();

    /** Stops the broker; returns when it is down. */
    void stopBroker();

    /** Starts the broker again, on the same port and with the same data; returns when it answers. */
    void startBroker();

    /** Stops PostgreSQL, ending every connection; returns when it is down. */
    void stopDatabase();

    /** Starts PostgreSQL again, on the same port and with the same data; returns when it answers. */
    void startDatabase();
}
