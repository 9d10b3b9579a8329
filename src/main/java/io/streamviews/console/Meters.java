package io.streamviews.console;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.micrometer.core.instrument.distribution.HistogramSupport;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.TreeMap;

/** What the meters say of this process and of the pipeline; a meter that is not there, or knows nothing, is null. */
@Singleton
class Meters {

    private final MeterRegistry registry;

    Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    Double gauge(String name) {
        Gauge gauge = registry.find(name).gauge();
        return gauge == null ? null : known(gauge.value());
    }

    /** The values of all gauges of a name, by what some tags say. */
    Map<String, Double> gauges(String name, String... tags) {
        Map<String, Double> values = new TreeMap<>();
        for (Gauge gauge : registry.find(name).gauges()) {
            StringBuilder key = new StringBuilder();
            for (String tag : tags) {
                key.append(key.isEmpty() ? "" : "/").append(gauge.getId().getTag(tag));
            }
            Double value = known(gauge.value());
            if (value != null) {
                values.put(key.toString(), value);
            }
        }
        return values;
    }

    /** A histogram as it is now; times are nanoseconds. */
    Histogram histogram(String name) {
        HistogramSupport meter = registry.find(name).timer();
        if (meter == null) {
            meter = registry.find(name).summary();
        }
        if (meter == null) {
            return Histogram.EMPTY;
        }
        HistogramSnapshot now = meter.takeSnapshot();
        return new Histogram(now.count(), now.total(), now.histogramCounts());
    }

    private static Double known(double value) {
        return Double.isNaN(value) ? null : value;
    }
}
