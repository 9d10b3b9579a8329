package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.PackagedProcess;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An instance is frozen in mid-batch, replaced, and thawed: it finds the partitions taken and changes nothing in them. */
class ZombieIT {

    /** A batch is on its way to PostgreSQL, a full one waits behind it, and more has been read: all of that is stale. */
    private static final Map<String, String> SMALL_BATCHES = Map.of("streamviews.projection.batch-max-rows", "20");

    private static final String RECORD_ADVANCES =
            """
            CREATE TABLE %s.advance AS
                SELECT current_setting('application_name') AS writer, owner, epoch FROM %s.projection_position LIMIT 0;
            CREATE FUNCTION %s.record_advance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                INSERT INTO views.advance VALUES (current_setting('application_name'), NEW.owner, NEW.epoch);
                RETURN NULL;
            END $$;
            CREATE TRIGGER record_advance AFTER UPDATE OF next_offset ON %s.projection_position
                FOR EACH ROW EXECUTE FUNCTION %s.record_advance();
            """;

    @Test
    void aThawedInstanceWritesNothingOfWhatItHadAndRejoins() throws Exception {
        Map<String, String> settings = new HashMap<>(Installation.QUICK_FAIL_OVER);
        settings.putAll(SMALL_BATCHES);
        try (Installation installation = new Installation("zombie")) {
            PackagedProcess survivor = installation.start("survivor", settings);
            PackagedProcess zombie = installation.start("zombie", settings);
            installation.awaitSharing(survivor, zombie);
            installation.views.query(RECORD_ADVANCES);

            try (OpenTransaction lock = installation.lockUsers()) {
                installation.log.append(2_000);
                installation.awaitBlocked("zombie");
                zombie.suspend();
            }
            installation.awaitSharing(survivor);
            installation.log.append(2_000);
            zombie.resume();

            installation.log.append(2_000);
            installation.awaitSharing(survivor, zombie);
            installation.awaitFold();
            assertThat(advances(installation, "survivor", survivor)).isPositive();
            assertThat(advances(installation, "zombie", survivor)).isZero();
        }
    }

    /** How often an instance has moved a position on that {@code owner} had taken over. */
    private static long advances(Installation installation, String writer, PackagedProcess owner) {
        return installation.views.count("SELECT count(*) FROM views.advance WHERE writer = '%s' AND owner LIKE '%d@%%'"
                .formatted(writer, owner.pid()));
    }
}
