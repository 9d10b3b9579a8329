package io.streamviews.console;

import io.micrometer.core.instrument.distribution.CountAtBucket;

/**
 * What a meter has counted since its process began.
 *
 * @param buckets each counts what was no more than its bound, so those below it, too
 */
record Histogram(double count, double total, CountAtBucket[] buckets) {

    static final Histogram EMPTY = new Histogram(0, 0, new CountAtBucket[0]);

    double countSince(Histogram before) {
        return Math.max(0, count - before.count);
    }

    /** Null if nothing was counted in between. */
    Double meanSince(Histogram before) {
        double counted = countSince(before);
        return counted == 0 ? null : (total - before.total) / counted;
    }

    /** The value below which a part of what was counted in between lies, evenly spread in its bucket; null if there is none. */
    Double quantileSince(Histogram before, double part) {
        double counted = countSince(before);
        if (counted == 0 || before.buckets.length != 0 && before.buckets.length != buckets.length) {
            return null;
        }
        double wanted = part * counted;
        double lower = 0;
        double below = 0;
        for (int i = 0; i < buckets.length; i++) {
            double upTo = buckets[i].count() - (before.buckets.length == 0 ? 0 : before.buckets[i].count());
            double upper = buckets[i].bucket();
            if (upTo >= wanted && upTo > below && Double.isFinite(upper)) {
                return lower + (upper - lower) * (wanted - below) / (upTo - below);
            }
            below = upTo;
            lower = Double.isFinite(upper) ? upper : lower;
        }
        return lower;
    }
}
