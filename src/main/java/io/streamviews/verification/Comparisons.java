package io.streamviews.verification;

import io.agroal.api.AgroalDataSource;
import io.streamviews.consistency.CommitCounter;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.projection.generation.GenerationBuilds;
import io.streamviews.projection.generation.VerificationGeneration;
import io.streamviews.projection.generation.Views;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the live views: with their definitions, and with what the topics give. By JDBC: row after row of two results,
 * side by side, on a thread that may wait.
 */
@ApplicationScoped
class Comparisons {

    /** What verifications of processes that died have left. */
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

    private final AgroalDataSource database;
    private final GenerationBuilds builds;
    private final CommitCounter commits;
    private final VerificationConfig config;
    private final ProjectionConfig projectionConfig;
    private volatile VerificationGeneration reading;

    Comparisons(
            AgroalDataSource database,
            GenerationBuilds builds,
            CommitCounter commits,
            VerificationConfig config,
            ProjectionConfig projectionConfig) {
        this.database = database;
        this.builds = builds;
        this.commits = commits;
        this.config = config;
        this.projectionConfig = projectionConfig;
    }

    /** Has the one that is under way fail. */
    void cancel() {
        VerificationGeneration current = reading;
        if (current != null) {
            current.cancel();
        }
    }

    /** The derived views against their definitions. */
    Found shallow() throws SQLException, InterruptedException {
        return compare(connection -> {
            Snapshot.begin(connection, config.timeout());
            return List.of();
        });
    }

    /** And the base views against a generation that is read anew. */
    Found deep(long id) throws SQLException, InterruptedException {
        String schema = VerificationGeneration.SCHEMAS + "_" + id;
        execute(DROP_ALL.formatted(VerificationGeneration.SCHEMAS));
        try {
            builds.views().makeAsLive(schema);
            VerificationGeneration anew = new VerificationGeneration(schema, builds, projectionConfig);
            reading = anew;
            try {
                anew.open();
                return compare(connection -> new DeepComparison(
                                database, builds.views().all(), anew, commits, config.timeout())
                        .compare(connection));
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

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** What a verification has found, and as of where. */
    record Found(List<ViewResult> results, ViewPositions asOf) {}

    /** Begins a snapshot, and leaves the connection in it. */
    private interface Comparison {
        List<ViewResult> compare(Connection connection) throws SQLException, InterruptedException;
    }

    private interface Ending extends AutoCloseable {
        @Override
        void close() throws SQLException;
    }
}
