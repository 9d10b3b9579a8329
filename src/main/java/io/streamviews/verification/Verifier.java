package io.streamviews.verification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.event.DatabaseConnections;
import io.streamviews.event.TopicsConfig;
import io.streamviews.projection.BuildConfig;
import io.streamviews.projection.LogOffsets;
import io.streamviews.projection.Projection;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.rest.RefusedException;
import io.streamviews.verification.Verification.Depth;
import io.streamviews.verification.Verification.State;
import io.streamviews.view.Commits;
import io.streamviews.view.Views;
import io.vertx.mutiny.sqlclient.Pool;
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

    private final Instance<Projection> live;
    private final AgroalDataSource database;
    private final Pool pool;
    private final DatabaseConnections connections;
    private final Views views;
    private final Commits commits;
    private final Admin admin;
    private final Map<String, Object> kafka;
    private final TopicsConfig topics;
    private final VerificationConfig config;
    private final BuildConfig buildConfig;
    private final ProjectionConfig projectionConfig;
    private final VerificationMetrics metrics;
    private final ObjectMapper json;
    private final Clock clock;
    private volatile NewGeneration reading;
    private volatile boolean stopping;

    Verifier(
            Instance<Projection> live,
            AgroalDataSource database,
            Pool pool,
            DatabaseConnections connections,
            Views views,
            Commits commits,
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
        this.pool = pool;
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
    long begin(Depth depth) throws SQLException {
        live.get(); // the first who asks for it makes the schema
        Connection connection = database.getConnection();
        try {
            if (!VerificationLog.lock(connection)) {
                throw RefusedException.conflict("A verification is under way");
            }
            long id = VerificationLog.begin(connection, depth, clock.instant());
            Infrastructure.getDefaultWorkerPool().execute(() -> run(connection, id, depth));
            return id;
        } catch (SQLException | RuntimeException failure) {
            release(connection);
            throw failure;
        }
    }

    void onStop(@Observes ShutdownEvent stop) {
        stopping = true;
        NewGeneration current = reading;
        if (current != null) {
            current.cancel();
        }
    }

    private void run(Connection connection, long id, Depth depth) {
        try {
            List<ViewResult> results = new ArrayList<>();
            long generation = Snapshot.generation(connection, Views.LIVE);
            if (depth == Depth.DEEP) {
                results.addAll(deep(connection));
            } else {
                Snapshot.begin(connection, config.timeout());
            }
            results.addAll(DerivedViews.compare(connection, Views.LIVE));
            if (Snapshot.generation(connection, Views.LIVE) != generation) {
                throw new IllegalStateException("Another generation has been put in place meanwhile; verify that one");
            }
            Snapshot.end(connection);
            done(connection, id, results);
        } catch (SQLException | InterruptedException | JsonProcessingException | RuntimeException failure) {
            failed(connection, id, failure);
        } finally {
            release(connection);
            metrics.refresh();
        }
    }

    /** Leaves the connection in the snapshot that was compared. */
    private List<ViewResult> deep(Connection connection) throws SQLException, InterruptedException {
        execute("DROP SCHEMA IF EXISTS %s CASCADE".formatted(NewGeneration.SCHEMA));
        views.migrate(NewGeneration.SCHEMA);
        NewGeneration anew = new NewGeneration(
                views,
                pool,
                connections,
                kafka,
                new LogOffsets(admin),
                topics.partitions(),
                buildConfig,
                projectionConfig,
                clock);
        reading = anew;
        try {
            anew.open();
            return new DeepComparison(database, views.all(), anew, commits, config.timeout()).compare(connection);
        } finally {
            reading = null;
            anew.close();
            execute("DROP SCHEMA IF EXISTS %s CASCADE".formatted(NewGeneration.SCHEMA));
        }
    }

    private void done(Connection connection, long id, List<ViewResult> results)
            throws SQLException, JsonProcessingException {
        long differing = results.stream().mapToLong(ViewResult::differing).sum();
        VerificationLog.end(
                connection, id, State.DONE, clock.instant(), differing, json.writeValueAsString(results), null);
        if (differing > 0) {
            LOG.errorf("Verification %d: %d rows of the views are not what they must be", id, differing);
        }
    }

    private void failed(Connection connection, long id, Exception failure) {
        if (stopping) {
            return; // an entry that is abandoned says so
        }
        LOG.warnf("Verification %d failed: %s", id, failure.getMessage());
        try {
            Snapshot.end(connection);
            VerificationLog.end(
                    connection, id, State.FAILED, clock.instant(), null, null, String.valueOf(failure.getMessage()));
        } catch (SQLException away) {
            LOG.debug("The database is away; the entry counts as abandoned", away);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void release(Connection connection) {
        try (connection) {
            VerificationLog.unlock(connection);
        } catch (SQLException away) {
            LOG.debug("The connection is gone, and its lock with it", away);
        }
    }
}
