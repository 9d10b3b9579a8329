package io.streamviews.dev;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.management.JMException;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * A Kafka broker and a PostgreSQL server for development and tests, on a machine that has nothing but a JDK. Their data
 * lives in a directory that one process at a time may use, and survives restarts and kills.
 */
public final class EmbeddedServers implements EmbeddedServersMXBean, AutoCloseable {

    private static final String MBEAN = "io.streamviews:type=EmbeddedServers";

    private final FileChannel lock;
    private final EmbeddedDatabase database;
    private final EmbeddedBroker broker;
    private boolean closed;

    /**
     * Takes the directory, stopping what a killed process left running on it, and starts nothing yet.
     *
     * @param directory where their data is kept
     * @param databasePort preferred port; another one is taken if it is not free, or if this is 0
     * @param brokerPort likewise
     * @param databaseSettings settings of postgresql.conf, for example {@code fsync=on}; both fsync and
     *     synchronous_commit are off unless they switch them on
     * @throws EmbeddedServerException if another process, or this one, uses the directory
     */
    public EmbeddedServers(Path directory, int databasePort, int brokerPort, Map<String, String> databaseSettings) {
        this(directory, databasePort, brokerPort, databaseSettings, Map.of());
    }

    /** Does the same, with {@code brokerSettings} of server.properties; listeners are added to the one that it has. */
    public EmbeddedServers(
            Path directory,
            int databasePort,
            int brokerPort,
            Map<String, String> databaseSettings,
            Map<String, String> brokerSettings) {
        Path home = directory.toAbsolutePath().normalize();
        this.lock = lock(home);
        this.database = new EmbeddedDatabase(home.resolve("postgresql"), databasePort, databaseSettings);
        this.broker = new EmbeddedBroker(home.resolve("kafka"), LocalPort.preferring(brokerPort), brokerSettings);
    }

    /**
     * Starts both; returns when both answer. A {@link #close} that comes meanwhile, from a shutdown hook, waits and then
     * stops them.
     *
     * @throws EmbeddedServerException if one does not start; neither runs then
     */
    public synchronized EmbeddedServers start() {
        if (closed) {
            throw new EmbeddedServerException("The embedded servers are closed");
        }
        CompletableFuture<Void> databaseStart = CompletableFuture.runAsync(this::startDatabase);
        try {
            startBroker();
            databaseStart.join();
            return this;
        } catch (RuntimeException e) {
            databaseStart.handle((started, failed) -> null).join();
            close();
            throw e instanceof CompletionException && e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** The servers that {@link #publish} made known in this JVM, if any. */
    public static Optional<EmbeddedServersMXBean> running() {
        MBeanServer platform = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName name = new ObjectName(MBEAN);
            return platform.isRegistered(name)
                    ? Optional.of(JMX.newMXBeanProxy(platform, name, EmbeddedServersMXBean.class))
                    : Optional.empty();
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes these the servers that {@link #running} finds, from any class loader of this JVM. */
    public EmbeddedServers publish() {
        try {
            ManagementFactory.getPlatformMBeanServer().registerMBean(this, new ObjectName(MBEAN));
            return this;
        } catch (JMException e) {
            throw new IllegalStateException("This JVM has embedded servers already", e);
        }
    }

    @Override
    public Map<String, String> getConfiguration() {
        String address = "localhost:%d/%s".formatted(database.port(), EmbeddedDatabase.NAME);
        return Map.of(
                "quarkus.datasource.reactive.url",
                "postgresql://" + address,
                "quarkus.datasource.jdbc.url",
                "jdbc:postgresql://" + address,
                "quarkus.datasource.username",
                EmbeddedDatabase.USER,
                "kafka.bootstrap.servers",
                broker.bootstrapServers());
    }

    @Override
    public String getBootstrapServers() {
        return broker.bootstrapServers();
    }

    @Override
    public int getDatabasePort() {
        return database.port();
    }

    @Override
    public void stopBroker() {
        broker.stop();
    }

    @Override
    public void startBroker() {
        broker.start();
    }

    @Override
    public void stopDatabase() {
        database.stop();
    }

    @Override
    public void startDatabase() {
        database.start();
    }

    /** Stops both and lets another process use the directory. */
    @Override
    public synchronized void close() {
        closed = true;
        try (lock) {
            broker.stop();
            database.stop();
        } catch (IOException e) {
            throw new EmbeddedServerException("The data directory could not be unlocked", e);
        }
    }

    private static FileChannel lock(Path directory) {
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw new EmbeddedServerException(
                        directory + " is in use by another process: another dev mode of this project?");
            }
            return channel;
        } catch (OverlappingFileLockException e) {
            throw new EmbeddedServerException(directory + " is in use by this process already", e);
        } catch (IOException e) {
            throw new EmbeddedServerException("Cannot write to " + directory, e);
        }
    }
}
