package io.streamviews.chaos;

import io.streamviews.chaos.Fault.Kind;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Has the faults happen, one after the other; each is undone when it is over. */
final class Havoc {

    private static final int BOTH_FROM = 75;

    private final Cluster cluster;
    private final Erasure erasure;
    private final Journal journal;

    Havoc(Cluster cluster, Erasure erasure, Journal journal) {
        this.cluster = cluster;
        this.erasure = erasure;
        this.journal = journal;
    }

    /** Returns when the last one is over. */
    void happen(List<Fault> faults) {
        for (Fault fault : faults) {
            journal.fault(fault.toString());
            try {
                happen(fault);
            } catch (RuntimeException broken) {
                journal.violation(
                        Invariant.LEVEL_AND_HEALTHY, "fault %d could not go its way: %s", fault.number(), broken);
            }
            journal.fault("fault %d is over".formatted(fault.number()));
            reviveTheDead();
            if (fault.number() < faults.size()) {
                Time.pass(fault.pause());
            }
        }
    }

    private void happen(Fault fault) {
        int instance = fault.instance();
        switch (fault.kind()) {
            case KILL -> {
                cluster.process(instance).kill();
                Time.pass(fault.duration());
                cluster.start(instance);
            }
            case STOP ->
                during(fault, () -> cluster.process(instance).suspend(), () -> cluster.process(instance)
                        .resume());
            case DATABASE_RESTART -> during(fault, Cluster.SERVERS::stopDatabase, Cluster.SERVERS::startDatabase);
            case BROKER_AWAY -> during(fault, Cluster.SERVERS::stopBroker, Cluster.SERVERS::startBroker);
            case DATABASE_SILENT, BROKER_SILENT ->
                during(
                        fault,
                        () -> journal.fault("%d connections are lost"
                                .formatted(
                                        ways(fault).mapToLong(Proxy::fallSilent).sum())),
                        () -> ways(fault).forEach(Proxy::speakAgain));
            case RETENTION -> erasure.retention(fault);
            case TOPIC_ANEW -> erasure.exchange(fault);
        }
    }

    private void during(Fault fault, Runnable begin, Runnable end) {
        begin.run();
        try {
            Time.pass(fault.duration());
            journal.fault("events that wait to be published: " + cluster.backlog());
        } finally {
            end.run();
        }
    }

    private Stream<Proxy> ways(Fault fault) {
        return IntStream.range(0, Cluster.NAMES.size())
                .filter(i -> i == fault.instance() || fault.variant() >= BOTH_FROM)
                .mapToObj(i -> fault.kind() == Kind.DATABASE_SILENT ? cluster.toDatabase(i) : cluster.toBroker(i));
    }

    /** Nobody but {@link Kind#KILL} ends an instance. */
    private void reviveTheDead() {
        for (int i = 0; i < Cluster.NAMES.size(); i++) {
            if (!cluster.isAlive(i)) {
                journal.violation(Invariant.LEVEL_AND_HEALTHY, "instance %s has ended by itself", Cluster.NAMES.get(i));
                cluster.start(i);
            }
        }
    }
}
