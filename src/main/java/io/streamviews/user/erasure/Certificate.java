package io.streamviews.user.erasure;

import io.streamviews.user.erasure.Erasure.Remains;
import io.streamviews.user.erasure.Erasures.Entry;
import io.streamviews.user.erasure.StandingViews.StandingView;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Says of an erasure what it has erased, and what it cannot, or not yet. */
@ApplicationScoped
class Certificate {

    private static final List<Remains> OUT_OF_REACH = List.of(
            new Remains("backups and write-ahead log of PostgreSQL", null, "as long as you keep them"),
            new Remains(
                    "pages of PostgreSQL's files",
                    null,
                    "former versions of rows, until VACUUM, or autovacuum, comes by"),
            new Remains(
                    "copies of other consumers of the topic, and mirrors of it", null, "they are told of the deletion"),
            new Remains("log files, and clients that have read it", null, "nobody here knows of them"),
            new Remains("titles and contents of posts", null, "what people have written is theirs; delete the posts"));

    private final ErasureSteps steps;
    private final Duration keyRetention;

    Certificate(
            ErasureSteps steps,
            @ConfigProperty(name = "streamviews.idempotency.retention", defaultValue = "24h") Duration keyRetention) {
        this.steps = steps;
        this.keyRetention = keyRetention;
    }

    /** @param standing the derived views that are suspended now */
    Erasure of(Entry entry, List<StandingView> standing) {
        return new Erasure(
                entry.id(),
                entry.subject(),
                entry.state(),
                entry.requestedBy(),
                entry.requestedAt(),
                entry.waitsFor(),
                entry.erasedAt(),
                entry.erased(),
                entry.topicsCleanAt(),
                entry.erasedAt() == null ? List.of() : remains(entry, standing));
    }

    private List<Remains> remains(Entry entry, List<StandingView> standing) {
        List<Remains> remains = new ArrayList<>();
        if (entry.topicsCleanAt() == null) {
            TopicPartition partition = steps.partition(entry);
            remains.add(new Remains(
                    "topic " + partition,
                    entry.compactedBy(),
                    entry.compactedBy() == null
                            ? "the topic's settings name no time: neither max.compaction.lag.ms nor a retention"
                            : "until it is compacted, by the topic's settings as they were; nothing here shows it"));
        }
        remains.add(new Remains(
                "idempotency_key.fingerprint",
                entry.erasedAt().plus(keyRetention),
                "digests of streams of many users that had not come to their ends, if any"));
        standing.stream()
                .filter(view -> view.since().isBefore(entry.erasedAt()))
                .map(view -> new Remains(
                        view.schema() + "." + view.name(),
                        null,
                        "until it is resumed or made anew: it is suspended, and holds what it held"))
                .forEach(remains::add);
        remains.addAll(OUT_OF_REACH);
        return remains;
    }
}
