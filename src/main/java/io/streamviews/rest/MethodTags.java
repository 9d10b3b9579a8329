package io.streamviews.rest;

import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Methods that are none of HTTP's share one time series: else each text that a client thinks of has its own, for ever. */
final class MethodTags {

    @Produces
    @Singleton
    MeterFilter unknownMethods() {
        return MeterFilter.replaceTagValues(
                "method", unknown -> "OTHER", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    }
}
