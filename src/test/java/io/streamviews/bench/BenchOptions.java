package io.streamviews.bench;

import java.util.List;

/**
 * What a measurement of the projection can be told.
 *
 * @param updatesShare of the events, from 0 to 1
 * @param jvm options of the application's JVM
 */
record BenchOptions(int events, int partitions, int threads, double updatesShare, List<String> jvm) {

    static BenchOptions parse(String... args) {
        int events = 750_000;
        int partitions = 6;
        int threads = 2;
        double updatesShare = 1.0 / 3;
        List<String> jvm = List.of("-Xmx512m");
        for (int i = 0; i + 1 < args.length; i += 2) {
            String value = args[i + 1];
            switch (args[i]) {
                case "--events" -> events = Integer.parseInt(value);
                case "--partitions" -> partitions = Integer.parseInt(value);
                case "--threads" -> threads = Integer.parseInt(value);
                case "--updates" -> updatesShare = Double.parseDouble(value);
                case "--jvm" -> jvm = List.of(value.split(" "));
                default -> throw new IllegalArgumentException("Unknown option " + args[i]);
            }
        }
        return new BenchOptions(events, partitions, threads, updatesShare, jvm);
    }
}
