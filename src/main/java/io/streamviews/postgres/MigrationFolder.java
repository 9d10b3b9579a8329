package io.streamviews.postgres;

import io.quarkus.flyway.runtime.QuarkusFlywayResourceProvider;
import io.quarkus.flyway.runtime.QuarkusPathLocationScanner;
import java.util.List;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * The migrations in some folders, of all that {@code quarkus.flyway.locations} names. Quarkus lists them while it builds the
 * application; to have Flyway look for them itself is slow, and fails in a native executable, which has no folders.
 */
public final class MigrationFolder {

    private MigrationFolder() {}

    /** Has {@code flyway} apply the migrations in some folders, and no others. */
    public static FluentConfiguration in(FluentConfiguration flyway, String... folders) {
        flyway.locations(folders);
        var found = new QuarkusPathLocationScanner(flyway, List.of(flyway.getLocations())).scanForResources();
        return flyway.resourceProvider(new QuarkusFlywayResourceProvider(found)).javaMigrationClassProvider(List::of);
    }
}
