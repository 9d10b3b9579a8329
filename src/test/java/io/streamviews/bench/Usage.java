package io.streamviews.bench;

/**
 * How far the projection is, and the processor time that got it there.
 *
 * @param nanos of {@link System#nanoTime()}
 * @param application processor seconds so far
 * @param postgres processor seconds of all backends that still run
 * @param broker processor seconds so far
 */
record Usage(long nanos, long events, double application, double postgres, double broker) {

    static Usage now(ApplicationProcess application, BenchServers servers, long events) {
        return new Usage(
                System.nanoTime(),
                events,
                application.cpuSeconds(),
                ApplicationProcess.postgresCpuSeconds(),
                servers.brokerCpuSeconds());
    }

    long eventsPerSecondSince(Usage start) {
        return Math.round((events - start.events) * 1e9 / (nanos - start.nanos));
    }

    double applicationMicrosPerEventSince(Usage start) {
        return micros(application - start.application, start);
    }

    double postgresMicrosPerEventSince(Usage start) {
        return micros(postgres - start.postgres, start);
    }

    double brokerMicrosPerEventSince(Usage start) {
        return micros(broker - start.broker, start);
    }

    private double micros(double seconds, Usage start) {
        return Math.round(seconds * 1e7 / (events - start.events)) / 10.0;
    }
}
