package io.streamviews.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromqlNamesTest {

    @Test
    void whatIsNeitherFunctionNorOperatorIsAMetric() {
        PromqlNames names = PromqlNames.of(
                """
                # of all
                histogram_quantile(0.99, sum by (le, topic) (rate(a_bucket{state="o, p{}", kind!~"x|y"}[5m:30s] offset 1h)))
                  > 1e3 unless on (zone) max(b) by (area) == Inf or a:b{} and time() - c < bool 2
                """);

        assertThat(names.metrics())
                .isEqualTo(Map.of("a_bucket", Set.of("state", "kind"), "b", Set.of(), "a:b", Set.of(), "c", Set.of()));
        assertThat(names.grouping()).containsExactly("area", "le", "topic", "zone");
    }
}
