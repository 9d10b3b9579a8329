package io.streamviews.verification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.consistency.CommitCounter;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.TopicsConfig;
import io.streamviews.postgres.DatabaseConnections;
import io.streamviews.postgres.SessionLock;
import io.streamviews.projection.Projection;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.generation.BuildConfig;
import io.streamviews.projection.generation.VerificationGeneration;
import io.streamviews.projection.generation.Views;
import io.streamviews.rest.RefusedException;
import io.streamviews.verification.Verification.Depth;
import io.streamviews.verification.VerificationLog.Outcome;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.jboss.logging.Logger;

/**
 * Verifies the live views, one verification at a time in all instances. Nothing that it does is seen by readers, or holds
 * writers up. It speaks JDBC: row after row of two results, side by side, on a thread that may wait.
 */
@ApplicationScoped
class Verifier {

    private static final Logger LOG = Logger.getLogger(Verifier.class);

    /** What others have left that died over it. */
    private static final String DROP_ALL =
            """
            DO $$
            DECLARE
                name text;
            BEGIN
                FOR name IN SELECT nspname FROM pg_namespace WHERE starts_with(nspname, '%s') LOOP
                    EXECUTE format('DROP SCHEMA %%I CASCADE', name);
                END LOOP;
            END
            $$
            """;

    private final Instance<Projection> live;
    private final AgroalDataSource database;
    private final DatabaseConnections connections;
    private final Views views;
    private final CommitCounter commits;
    private final Admin admin;
    private final Map<String, Object> kafka;
    private final TopicsConfig topics;
    private final VerificationConfig config;
    private final BuildConfig buildConfig;
    private final ProjectionConfig projectionConfig;
    private final VerificationMetrics metrics;
    private final ObjectMapper json;
    private final Clock clock;
    private volatile VerificationGeneration reading;
    private volatile boolean stopping;

    Verifier(
            Instance<Projection> live,
            AgroalDataSource database,
            DatabaseConnections connections,
            Views views,
            CommitCounter commits,
            Admin admin,
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            TopicsConfig topics,
            VerificationConfig config,
            BuildConfig buildConfig,
            ProjectionConfig projectionConfig,
            VerificationMetrics metrics,
            ObjectMapper json,
            Clock clock) {
        this.live = live;
        this.database = database;
        this.connections = connections;
        this.views = views;
        this.commits = commits;
        this.admin = admin;
        this.kafka = kafka;
        this.topics = topics;
        this.config = config;
        this.buildConfig = buildConfig;
        this.projectionConfig = projectionConfig;
        this.metrics = metrics;
        this.json = json;
        this.clock = clock;
    }

    /**
     * Begins a verification, and returns its id while it goes on. Blocks.
     *
     * @throws RefusedException (409) if one is under way
     */
    long begin(Depth depth) {
        live.get(); // the first who asks for it makes the schema
        SessionLock lock = SessionLock.tryTake(connections, "streamviews verification lock", VerificationLog.LOCK)
                .await()
                .indefinitely()
                .orElseThrow(() -> RefusedException.conflict("A verification is under way"));
        try {
            lock.connection().query(Snapshot.END_ALL).executeAndAwait();
            long id = VerificationLog.begin(lock, depth, clock.instant());
            Infrastructure.getDefaultWorkerPool().execute(() -> run(lock, id, depth));
            return id;
        } catch (RuntimeException failure) {
            lock.close();
            throw failure;
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        stopping = true;
        VerificationGeneration current = reading;
        if (current != null) {
            current.cancel();
        }
    }

    private void run(SessionLock lock, long id, Depth depth) {
        try {
            done(lock, id, depth == Depth.DEEP ? deep(VerificationGeneration.SCHEMAS + "_" + id) : shallow());
        } catch (SQLException | InterruptedException | JsonProcessingException | RuntimeException failure) {
            failed(lock, id, failure);
        } finally {
            lock.close();
            metrics.refresh();
        }
    }

    private Found shallow() throws SQLException, InterruptedException {
        return compare(connection -> {
            Snapshot.begin(connection, config.timeout());
            return List.of();
        });
    }

    private Found deep(String schema) throws SQLException, InterruptedException {
        execute(DROP_ALL.formatted(VerificationGeneration.SCHEMAS));
        try {
            views.migrate(schema);
            VerificationGeneration anew = new VerificationGeneration(
                    schema,
                    views,
                    connections,
                    kafka,
                    new LogOffsets(admin),
                    topics.partitions(),
                    buildConfig,
                    projectionConfig);
            reading = anew;
            try {
                anew.open();
                return compare(connection ->
                        new DeepComparison(database, views.all(), anew, commits, config.timeout()).compare(connection));
            } finally {
                reading = null;
                anew.close();
            }
        } finally {
            execute("DROP SCHEMA IF EXISTS %s CASCADE".formatted(schema));
        }
    }

    /** Adds the derived views, as the first comparison's snapshot shows them. */
    private Found compare(Comparison first) throws SQLException, InterruptedException {
        try (Connection connection = database.getConnection();
                Ending snapshot = () -> Snapshot.end(connection)) {
            long generation = Snapshot.generation(connection, Views.LIVE);
            List<ViewResult> results = new ArrayList<>(first.compare(connection));
            results.addAll(DerivedViewComparison.compare(connection, Views.LIVE));
            if (Snapshot.generation(connection, Views.LIVE) != generation) {
                throw new IllegalStateException("Another generation has been put in place meanwhile; verify that one");
            }
            return new Found(results, ViewPositions.of(connection, Views.LIVE));
        }
    }

    private void done(SessionLock lock, long id, Found found) throws JsonProcessingException {
        long differing =
                found.results().stream().mapToLong(ViewResult::differing).sum();
        String views = json.writeValueAsString(found.results());
        VerificationLog.done(lock, id, clock.instant(), new Outcome(differing, views, found.asOf()));
        if (differing > 0) {
            LOG.errorf("Verification %d: %d rows of the views are not what they must be", id, differing);
        }
    }

    private void failed(SessionLock lock, long id, Exception failure) {
        if (stopping) {
            return; // an entry that is abandoned says so
        }
        LOG.warnf("Verification %d failed: %s", id, failure.getMessage());
        try {
            VerificationLog.failed(lock, id, clock.instant(), String.valueOf(failure.getMessage()));
        } catch (RuntimeException gone) {
            LOG.debug("The lock is gone; the entry counts as abandoned", gone);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private record Found(List<ViewResult> results, ViewPositions asOf) {}

    /** Begins a snapshot, and leaves the connection in it. */
    private interface Comparison {
        List<ViewResult> compare(Connection connection) throws SQLException, InterruptedException;
    }

    private interface Ending extends AutoCloseable {
        @Override
        void close() throws SQLException;
    }
}
