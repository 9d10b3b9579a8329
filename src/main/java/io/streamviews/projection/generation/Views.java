package io.streamviews.projection.generation;

import io.agroal.api.AgroalDataSource;
import io.quarkus.arc.All;
import io.streamviews.kafka.TopicsConfig;
import io.streamviews.postgres.LongMigrations;
import io.streamviews.postgres.MigrationFolder;
import io.streamviews.projection.BaseView;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.flywaydb.core.Flyway;

/**
 * The base views there are (every bean that is one), and the schemas that hold a generation of them.
 *
 * <p>A generation is made by the migrations under {@code db/views}, which name no schema: the live one and one that is
 * being rebuilt are the same but for the schema's name.
 */
@ApplicationScoped
public final class Views {

    /** The schema of the generation that people read. */
    public static final String LIVE = "views";

    /** A process that is frozen while it makes a schema does not keep it from who replaces it. */
    private static final String END_WHEN_SILENT = "SET idle_in_transaction_session_timeout = '30s'";

    private final List<BaseView<?>> all;
    private final int partitionsEach;
    private final AgroalDataSource database;

    Views(@All List<BaseView<?>> all, TopicsConfig topics, AgroalDataSource database) {
        this.all = all;
        this.partitionsEach = topics.partitions();
        this.database = database;
    }

    /** Every base view. */
    public List<BaseView<?>> all() {
        return all;
    }

    /** Partitions of each topic. */
    public int partitionsEach() {
        return partitionsEach;
    }

    /** Every partition that the base views are kept from. */
    public List<TopicPartition> partitions() {
        return GenerationBuild.partitions(all, partitionsEach);
    }

    /** @throws java.util.NoSuchElementException if there is no base view with this table */
    public BaseView<?> of(String table) {
        return all.stream()
                .filter(view -> view.table().equals(table))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Brings a generation up to the newest migration, making its schema if it is absent. Blocks. One that people do not read
     * is there whole or not at all: an erasure would write into what is half made, and each wait for the other.
     */
    public void migrate(String schema) {
        MigrationFolder.in("db/views", Flyway.configure(Thread.currentThread().getContextClassLoader()))
                .dataSource(database)
                .callbacks(new LongMigrations())
                .schemas(schema)
                .group(!schema.equals(LIVE))
                .initSql(schema.equals(LIVE) ? "" : END_WHEN_SILENT)
                .load()
                .migrate();
    }
}
