package io.streamviews.consistency;

import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.AppliedWrites.Missing;
import io.streamviews.consistency.ConsistencyToken.Place;
import io.streamviews.consistency.ConsistencyToken.RecordPlace;
import io.streamviews.consistency.ConsistencyToken.Write;
import io.streamviews.eventlog.Entities;
import io.streamviews.eventlog.Entity;
import io.streamviews.kafka.LogOffsets;
import io.streamviews.kafka.PartitionCounts;
import io.streamviews.kafka.Partitions;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.generation.Views;
import io.streamviews.rest.ProblemType;
import io.streamviews.rest.RefusedException;
import io.streamviews.source.BaseView;
import io.streamviews.view.ViewReader;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/** Why the views do not hold what a token names, in words: at once if they never can, else when the time is up. */
@ApplicationScoped
class Reasons {

    private static final String WRITTEN =
            """
            SELECT e.message_key, d.partition, d."offset", d.error
            FROM public.event_log e
            LEFT JOIN views.dead_letter d
                ON d.topic = $4 AND d.key = convert_to(e.message_key, 'UTF8')
                   AND d.payload = convert_to(e.payload::text, 'UTF8')
            WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 AND e.version = $3
            LIMIT 1
            """;
    private static final String DEAD =
            """
            SELECT partition, "offset", error FROM views.dead_letter
            WHERE topic = $1 AND partition = $2 AND "offset" = $3
            """;
    private static final String POSITION =
            "SELECT next_offset, last_event_at FROM %s AS p WHERE topic = $1 AND partition = $2"
                    .formatted(PositionSql.relation(Views.LIVE));

    /**
     * Derived views that stand still, of which one of some views ($1; null: any view) reads something: them, or a table that
     * they are kept in, which is called as they are and {@code _}, and is no base view ($2) and no other one's.
     */
    private static final String SUSPENDED =
            """
            WITH RECURSIVE reads(relation) AS (
                SELECT oid FROM pg_class
                WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'views') AND relname = ANY ($1::text[])
                UNION
                SELECT d.refobjid
                FROM reads JOIN pg_rewrite r ON r.ev_class = relation
                     JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                WHERE d.refclassid = 'pg_class'::regclass
            )
            SELECT s.name FROM views.derived_view s
            WHERE to_jsonb(s) ->> 'suspended_at' IS NOT NULL
              AND ($1::text[] IS NULL OR EXISTS (
                  SELECT FROM reads JOIN pg_class c ON c.oid = relation
                  WHERE c.relname = s.name
                     OR c.relkind <> 'v' AND starts_with(c.relname, s.name || '_') AND c.relname <> ALL ($2::text[])
                        AND NOT EXISTS (SELECT FROM views.derived_view o
                                        WHERE starts_with(o.name, s.name || '_') AND starts_with(c.relname, o.name))))
            ORDER BY s.name
            """;

    private final ViewReader views;
    private final Entities entities;
    private final Views baseViews;
    private final PartitionCounts partitions;
    private final LogOffsets log;

    Reasons(ViewReader views, Entities entities, Views baseViews, PartitionCounts partitions, LogOffsets log) {
        this.views = views;
        this.entities = entities;
        this.baseViews = baseViews;
        this.partitions = partitions;
        this.log = log;
    }

    /** @throws RefusedException (400) if a token speaks of what there is no view of */
    void check(ConsistencyToken token) {
        token.places().forEach(this::check);
    }

    /**
     * A derived view that stands still holds less than its base views do. Completes with nothing if none of some views reads
     * one.
     *
     * @param made empty: they may be any
     */
    <T> Uni<T> refuseSuspended(Optional<Set<String>> made) {
        Object derived = made.map(names -> names.stream()
                        .filter(name -> baseViews.find(name).isEmpty())
                        .toArray(String[]::new))
                .orElse(null);
        if (derived instanceof String[] names && names.length == 0) {
            return Uni.createFrom().nullItem();
        }
        Object base = baseViews.all().stream().map(view -> view.table()).toArray(String[]::new);
        return views.list(SUSPENDED, row -> row.getString(0), derived, base).map(suspended -> {
            if (!suspended.isEmpty()) {
                throw RefusedException.of(
                        ProblemType.VIEW_SUSPENDED, "View %s has failed, and stands still".formatted(suspended.get(0)));
            }
            return null;
        });
    }

    private boolean hasView(String type) {
        return entities.has(type) && baseViews.find(entities.of(type).view()).isPresent();
    }

    private void check(Place place) {
        if (place instanceof Write write && !hasView(write.type())) {
            refuse(sorted(entities.all().stream().map(Entity::type).filter(this::hasView)), write);
        }
        if (place instanceof RecordPlace written) {
            List<String> topics = sorted(baseViews.all().stream().map(view -> view.topic()));
            if (!topics.contains(written.topic())) {
                refuse(topics, written);
            }
            if (written.partition() >= partitions.most(written.topic())) {
                throw RefusedException.violation(
                        ConsistencyToken.HEADER,
                        "must name a partition from 0 to %d, found %s"
                                .formatted(partitions.most(written.topic()) - 1, written));
            }
        }
    }

    private static void refuse(List<String> known, Place found) {
        String expected =
                known.isEmpty() ? "a record's place, such as orders/3/1207" : "one of " + String.join(", ", known);
        throw RefusedException.violation(ConsistencyToken.HEADER, "must name %s, found %s".formatted(expected, found));
    }

    private static List<String> sorted(Stream<String> names) {
        return names.distinct().sorted().toList();
    }

    /**
     * Why the views do not hold a write or a record.
     *
     * @param mayRead whether who asks may read some views; what is wrong with a dead letter says what is in it
     * @throws RefusedException (422) if there has been none
     */
    Uni<String> explain(Missing missing, Predicate<Set<String>> mayRead) {
        return missing.place() instanceof RecordPlace written
                ? explain(written, mayRead)
                : explain((Write) missing.place(), missing.held(), mayRead);
    }

    private Uni<String> explain(Write write, Long held, Predicate<Set<String>> mayRead) {
        String topic = entities.of(write.type()).topic();
        return views.firstOnPrimary(WRITTEN, row -> row, write.type(), write.id(), write.version(), topic)
                .onItem()
                .ifNull()
                .failWith(() -> RefusedException.of(
                        ProblemType.NO_SUCH_WRITE, ConsistencyToken.HEADER + ": there has been no write " + write))
                .chain(row -> row.getLong("offset") == null
                        ? goOn(topic, Partitions.of(row.getString("message_key"), baseViews.partitionsEach()))
                                .map(next -> "they hold version %s of it, and %s"
                                        .formatted(held == null ? "none" : held.toString(), next))
                        : Uni.createFrom().item(dead("its event", topic, row, mayRead)));
    }

    /** A broker that is away does not keep anybody from being told how far the views are. */
    private Uni<String> explain(RecordPlace written, Predicate<Set<String>> mayRead) {
        TopicPartition partition = new TopicPartition(written.topic(), written.partition());
        return views.firstOnPrimary(DEAD, row -> row, written.topic(), written.partition(), written.offset())
                .chain(row -> row != null
                        ? Uni.createFrom().item(dead("it", written.topic(), row, mayRead))
                        : log.logs(List.of(partition), null)
                                .map(found -> found.get(0).end())
                                .onFailure()
                                .recoverWithItem(Long.MAX_VALUE)
                                .invoke(end -> checkEnd(written, end))
                                .chain(() -> goOn(written.topic(), written.partition()))
                                .map(next -> "they " + next));
    }

    private static void checkEnd(RecordPlace written, long end) {
        if (written.offset() >= end) {
            throw RefusedException.of(
                    ProblemType.NO_SUCH_WRITE,
                    "%s: there is no record %s, the partition ends at offset %d"
                            .formatted(ConsistencyToken.HEADER, written, end));
        }
    }

    private String dead(String what, String topic, Row row, Predicate<Set<String>> mayRead) {
        Set<String> views = baseViews.all().stream()
                .filter(view -> view.topic().equals(topic))
                .map(BaseView::table)
                .collect(Collectors.toSet());
        return "%s is a dead letter: %s, partition %d, offset %d%s"
                .formatted(
                        what,
                        topic,
                        row.getInteger("partition"),
                        row.getLong("offset"),
                        mayRead.test(views) ? ": " + row.getString("error") : "");
    }

    private Uni<String> goOn(String topic, int partition) {
        return views.firstOnPrimary(POSITION, row -> row, topic, partition).map(row -> {
            String where = row == null ? "from its beginning" : "from offset " + row.getLong("next_offset");
            OffsetDateTime asOf = row == null ? null : row.getOffsetDateTime("last_event_at");
            return "go on with partition %d of %s %s%s"
                    .formatted(partition, topic, where, asOf == null ? "" : ", as of " + asOf.toInstant());
        });
    }
}
