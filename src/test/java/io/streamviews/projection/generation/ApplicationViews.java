package io.streamviews.projection.generation;

import io.streamviews.kafka.PrefixedTopics;
import io.streamviews.source.BaseView;
import io.vertx.mutiny.sqlclient.Pool;
import java.util.List;
import java.util.function.Predicate;

/** Generations of the application's own view files, in any schema, kept from topics of any names. */
public final class ApplicationViews {

    private ApplicationViews() {}

    public static void make(Pool pool, String schema) {
        make(pool, schema, file -> true);
    }

    /** @param which by the files' names */
    public static void make(Pool pool, String schema, Predicate<String> which) {
        ViewFiles files = new ViewFiles(ViewFiles.in(List.of("classpath:views")).files().stream()
                .filter(file -> ViewFiles.engine().contains(file) || which.test(file.name()))
                .toList());
        pool.withConnection(connection -> GenerationFiles.makeAside(connection, schema, files))
                .await()
                .indefinitely();
    }

    public static List<BaseView> views(Pool pool, String schema, PrefixedTopics topics) {
        return SourceCatalogue.of(
                        pool, schema, name -> name.contains("user-events") ? topics.userEvents() : topics.postEvents())
                .await()
                .indefinitely()
                .all();
    }
}
