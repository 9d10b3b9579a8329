package io.streamviews.projection.generation;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.streamviews.projection.ViewSchema;
import io.streamviews.projection.generation.ViewFiles.ViewFile;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Generations of a test's own views, in any schema. */
public final class TestGenerations {

    private TestGenerations() {}

    /** A generation of one file of views; topics are called as it says. */
    public static List<BaseView> make(Pool pool, String schema, String file) {
        List<ViewFile> files = new ArrayList<>(ViewFiles.in(List.of()).files());
        files.add(new ViewFile("10_test.sql", file));
        pool.withConnection(connection -> GenerationFiles.makeAside(connection, schema, new ViewFiles(files)))
                .await()
                .indefinitely();
        return declared(pool, schema);
    }

    /** The live generation as the release made it that had view files for the first time; its engine lacks what came later. */
    public static void makeLiveOfFormerRelease(Pool pool) {
        pool.withConnection(connection ->
                        GenerationFiles.make(connection, Views.LIVE, ViewFiles.ofMigrations(), topic -> topic))
                .await()
                .indefinitely();
    }

    /** The base views of a schema, as it says itself. */
    static List<BaseView> declared(Pool pool, String schema) {
        return SourceCatalogue.of(pool, schema, topic -> topic)
                .await()
                .indefinitely()
                .all();
    }

    /** Fills a generation from its topics. */
    public static GenerationBuild build(Generation generation) {
        return build(generation, () -> declared(generation.pool, generation.schema), 500);
    }

    /** @param maxRows of a batch */
    static GenerationBuild build(Generation generation, Supplier<List<BaseView>> views, int maxRows) {
        return build(generation, views, config(maxRows));
    }

    /** One that leaves time to others, whether there are any or not. */
    static GenerationBuild yielding(Generation generation, Supplier<List<BaseView>> views) {
        return build(generation, views, config(Map.of("streamviews.rebuild.yield-above", "-1")));
    }

    private static GenerationBuild build(Generation generation, Supplier<List<BaseView>> views, BuildConfig config) {
        return new GenerationBuild(
                new ViewSchema(generation.schema, generation.pool, "test"),
                views,
                Map.of("bootstrap.servers", generation.servers.get("kafka.bootstrap.servers")),
                config);
    }

    /** @param maxRows of a batch */
    static BuildConfig config(int maxRows) {
        return config(Map.of("streamviews.rebuild.batch-max-rows", Integer.toString(maxRows)));
    }

    private static BuildConfig config(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(settings, "test", 1))
                .withMapping(BuildConfig.class)
                .build()
                .getConfigMapping(BuildConfig.class);
    }
}
