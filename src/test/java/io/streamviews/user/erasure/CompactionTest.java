package io.streamviews.user.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompactionTest {

    private static final long NO_BOUND = Long.MAX_VALUE;
    private static final long DAY = Duration.ofDays(1).toMillis();

    @ParameterizedTest
    @CsvSource({
        "compact, 1000, 0, 500, -1, 1000",
        "compact, 1000, 2000, 500, -1, 2000",
        "compact, 1000, 0, 500, 10, 1000",
        "delete, 1000, 0, 500, 10, 510",
        "'compact,delete', 1000, 0, 500, 10, 510",
        "'compact, delete', 1000, 0, 500, -1, 1000"
    })
    void isDueByWhicheverPolicyComesFirst(
            String policy, long maxLag, long minLag, long segment, long retention, long due) {
        assertThat(compaction(policy, maxLag, minLag, segment, retention).due()).contains(Duration.ofMillis(due));
    }

    @Test
    void leavesTimeForTheBroker() {
        assertThat(compaction("compact", DAY, 0, 1, -1).over())
                .contains(Duration.ofDays(1).plusMinutes(10));
    }

    @ParameterizedTest
    @CsvSource({"compact, " + NO_BOUND + ", 1", "delete, 1000, -1", "'compact,delete', " + NO_BOUND + ", -1"})
    void isNeverDueWhereNothingSaysSo(String policy, long maxLag, long retention) {
        Compaction compaction = compaction(policy, maxLag, 0, 500, retention);

        assertThat(compaction.due()).isEmpty();
        assertThat(compaction.over()).isEmpty();
    }

    private static Compaction compaction(String policy, long maxLag, long minLag, long segment, long retention) {
        Map<String, String> settings = new HashMap<>();
        settings.put("cleanup.policy", policy);
        settings.put("max.compaction.lag.ms", Long.toString(maxLag));
        settings.put("min.compaction.lag.ms", Long.toString(minLag));
        settings.put("segment.ms", Long.toString(segment));
        settings.put("retention.ms", Long.toString(retention));
        return Compaction.of(settings);
    }
}
