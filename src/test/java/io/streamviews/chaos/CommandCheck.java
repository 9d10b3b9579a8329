package io.streamviews.chaos;

import static io.streamviews.chaos.Invariant.ACCEPTED_ONCE;
import static io.streamviews.chaos.Invariant.NOTHING_HALF_DONE;

import io.streamviews.chaos.Archive.Event;
import io.streamviews.chaos.Ledger.Accepted;
import io.streamviews.chaos.Ledger.Outcome;
import io.streamviews.chaos.LogBook.Entry;
import java.util.List;

/** Compares what clients were told with the event log, the log with the topics, and with the entities. */
final class CommandCheck {

    private final Cluster cluster;
    private final Ledger ledger;
    private final Losses losses;
    private final LogBook log;
    private final Journal journal;

    CommandCheck(Cluster cluster, Evidence evidence, LogBook log, Journal journal) {
        this.cluster = cluster;
        this.ledger = evidence.ledger();
        this.losses = evidence.losses();
        this.log = log;
        this.journal = journal;
    }

    void run() {
        ledger.outcomes().forEach(this::compare);
        ledger.accepted().forEach(this::find);
        for (String mark : log.marks()) {
            if (!ledger.outcomes().containsKey(mark)) {
                journal.violation(ACCEPTED_ONCE, "nobody has sent what the log holds of %s", mark);
            }
        }
        log.all().forEach(this::isPublished);
        for (Entity entity : Entity.ALL) {
            entity.compareWithLog(
                    cluster,
                    entity.table(),
                    row -> journal.violation(
                            NOTHING_HALF_DONE,
                            "%s %d: the log ends with %s, public.%s says %s",
                            entity.type(),
                            row.id(),
                            log.of(entity.type(), row.id()),
                            entity.table(),
                            row.is()));
        }
    }

    private void compare(String mark, Outcome outcome) {
        List<Entry> found = log.marked(mark);
        if (outcome == Outcome.ACCEPTED && found.size() != 1) {
            journal.violation(ACCEPTED_ONCE, "%s was accepted, and is in the log %d times", mark, found.size());
        } else if (outcome == Outcome.REFUSED && !found.isEmpty()) {
            journal.violation(NOTHING_HALF_DONE, "%s was refused, and is in the log: %s", mark, found);
        } else if (outcome == Outcome.UNKNOWN && found.size() > 1) {
            journal.violation(NOTHING_HALF_DONE, "%s was sent once, and is in the log twice: %s", mark, found);
        }
    }

    private void find(Accepted accepted) {
        Entry entry = log.find(new Event(accepted.type(), accepted.id(), accepted.version()));
        boolean same = entry != null
                && (accepted.mark() == null
                        ? entry.isDeletion()
                        : accepted.mark().equals(entry.mark()));
        if (!same) {
            journal.violation(ACCEPTED_ONCE, "%s was accepted, and the log says %s", accepted, entry);
        }
    }

    private void isPublished(Entry entry) {
        if (losses.places(entry).isEmpty()) {
            journal.violation(ACCEPTED_ONCE, "%s has not been published", entry);
        }
    }
}
