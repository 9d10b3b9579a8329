package io.streamviews.postgres;

import io.quarkus.flyway.runtime.QuarkusFlywayResourceProvider;
import io.quarkus.flyway.runtime.QuarkusPathLocationScanner;
import java.util.Arrays;
import java.util.List;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * The tables in {@code public}, and their migrations. Where they belong to another role than the one that the application runs
 * as, their owner migrates them for that role and grants it what it needs, and that role looks whether this has been done.
 */
final class WriteModel {

    /** What {@code afterMigrate__runtime_role.sql} goes by. */
    private static final String FOR = "SET streamviews.runtime_role = '%s'";

    private WriteModel() {}

    /**
     * Has {@code flyway} apply the migrations in some folders, of all that {@code quarkus.flyway.locations} names, and no
     * others. Quarkus lists them while it builds the application; to have Flyway look for them itself is slow, and fails in a
     * native executable, which has no folders.
     */
    static void migrations(FluentConfiguration flyway, String... folders) {
        flyway.locations(folders);
        var found = new QuarkusPathLocationScanner(flyway, List.of(flyway.getLocations())).scanForResources();
        flyway.resourceProvider(new QuarkusFlywayResourceProvider(found)).javaMigrationClassProvider(List::of);
    }

    /** @return how many migrations there were to apply */
    static int migrate(FluentConfiguration flyway, String role) {
        return flyway.initSql(FOR.formatted(role.replace("'", "''"))).load().migrate().migrationsExecuted;
    }

    /** The versions of this release that have not been applied. */
    static List<String> missing(FluentConfiguration flyway) {
        return Arrays.stream(flyway.load().info().pending())
                .map(migration -> String.valueOf(migration.getVersion()))
                .toList();
    }
}
