package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Events as large as a topic lets through, more than the heap holds that the README advises. */
class PoisonIT {

    private static final int TEN_MEGABYTES = 10 * 1024 * 1024;
    private static final int EACH = 30;
    private static final Map<String, String> HEAP = Map.of("java.tool.options", "-Xmx512m -Xmn256m -XX:+UseParallelGC");

    @Test
    void hugeEventsAreDeadLettersAndHoldNobodyUp() throws Exception {
        try (Installation installation = new Installation("poison")) {
            installation.allowLargeEvents(2 * TEN_MEGABYTES);
            RowLog log = installation.log;
            log.append(200);
            for (int i = 1; i <= EACH; i++) {
                log.bad(i, "x".repeat(TEN_MEGABYTES));
                log.bad(i, oversized(installation, i));
                log.append(20);
            }

            installation.start("poisoned", HEAP);

            installation.awaitFold();
            assertThat(installation.views.count("SELECT count(*) FROM %s.dead_letter WHERE error LIKE '%index row%'"))
                    .isEqualTo(EACH);
        }
    }

    /** All is well with it but for the length of the department's name. */
    private static String oversized(Installation installation, long id) {
        UserRecords records = new UserRecords(installation.topics.userEvents(), 0);
        return new String(
                records.updated(0, id, "d".repeat(TEN_MEGABYTES), 1_000).value(), UTF_8);
    }
}
