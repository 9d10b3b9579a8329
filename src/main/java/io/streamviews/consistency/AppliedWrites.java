package io.streamviews.consistency;

import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.ConsistencyToken.Write;
import io.streamviews.eventlog.Entities;
import io.streamviews.eventlog.Entity;
import io.streamviews.kafka.Partitions;
import io.streamviews.kafka.TopicsConfig;
import io.streamviews.projection.KeySql;
import io.streamviews.projection.generation.Views;
import io.streamviews.rest.RefusedException;
import io.streamviews.view.ViewReader;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which writes the live views hold. All views of a batch are committed together, so a base row, or the tombstone that it
 * left, speaks for everything that derives from it.
 */
@ApplicationScoped
class AppliedWrites {

    /** One look into an index for each write, and a second one for the tombstone. */
    private static final String MISSING =
            """
            SELECT * FROM (
                SELECT w.type, w.id, w.version,
                       greatest(
                           CASE w.type WHEN NULL THEN NULL%1$s END,
                           (SELECT t.version FROM views.tombstone t
                            WHERE t.base_view = CASE w.type WHEN NULL THEN NULL%2$s END AND t.key = w.id::text)) AS held
                FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS w(type, id, version)) AS found
            WHERE held IS NULL OR held < version
            """;

    private static final String ROW = " WHEN '%s' THEN (SELECT v.version FROM views.%s v WHERE v.%s = w.id)";
    private static final String VIEW = " WHEN '%s' THEN '%s'";

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
    private static final String POSITION =
            """
            SELECT next_offset, last_event_at FROM views.projection_position WHERE topic = $1 AND partition = $2
            """;

    private final ViewReader views;
    private final TopicsConfig config;
    private final Entities entities;
    private final Views baseViews;

    AppliedWrites(ViewReader views, TopicsConfig config, Entities entities, Views baseViews) {
        this.views = views;
        this.config = config;
        this.entities = entities;
        this.baseViews = baseViews;
    }

    /** Of the base views that there are: another generation may have others. */
    private String query() {
        StringBuilder rows = new StringBuilder();
        StringBuilder tables = new StringBuilder();
        for (Entity entity : entities.all()) {
            baseViews.find(entity.view()).ifPresent(view -> {
                rows.append(ROW.formatted(entity.type(), entity.view(), KeySql.columns(view)));
                tables.append(VIEW.formatted(entity.type(), entity.view()));
            });
        }
        return MISSING.formatted(rows, tables);
    }

    /**
     * A write that the views do not hold.
     *
     * @param held the version that they hold; null if none
     */
    record Missing(Write write, Long held) {

        private static Missing of(Row row) {
            return new Missing(
                    new Write(row.getString("type"), row.getLong("id"), row.getLong("version")), row.getLong("held"));
        }
    }

    /** @throws RefusedException (400) if a token speaks of what there is no view of */
    void check(ConsistencyToken token) {
        for (Write write : token.writes()) {
            if (!entities.has(write.type())) {
                throw RefusedException.violation(
                        ConsistencyToken.HEADER, "must name one of %s, found %s".formatted(types(), write));
            }
        }
    }

    private String types() {
        return entities.all().stream().map(Entity::type).sorted().collect(Collectors.joining(", "));
    }

    /** Which writes the views of the primary do not hold. */
    Uni<List<Missing>> missing(Collection<Write> writes) {
        return views.listOnPrimary(query(), Missing::of, parameters(writes));
    }

    /** Which writes the views of the standby do not hold. */
    Uni<List<Missing>> missingOnStandby(Collection<Write> writes) {
        return views.listOnStandby(query(), Missing::of, parameters(writes));
    }

    /**
     * Why the views do not hold a write, in words.
     *
     * @throws RefusedException (422) if there has been no such write
     */
    Uni<String> explain(Missing missing) {
        Write write = missing.write();
        String topic = entities.of(write.type()).topic();
        return views.firstOnPrimary(WRITTEN, row -> row, write.type(), write.id(), write.version(), topic)
                .onItem()
                .ifNull()
                .failWith(() ->
                        RefusedException.unprocessable(ConsistencyToken.HEADER + ": there has been no write " + write))
                .chain(row -> row.getLong("offset") == null
                        ? howFar(missing, topic, Partitions.of(row.getString("message_key"), config.partitions()))
                        : Uni.createFrom()
                                .item("its event is a dead letter: %s, partition %d, offset %d: %s"
                                        .formatted(
                                                topic,
                                                row.getInteger("partition"),
                                                row.getLong("offset"),
                                                row.getString("error"))));
    }

    private Uni<String> howFar(Missing missing, String topic, int partition) {
        String held = missing.held() == null ? "none" : missing.held().toString();
        return views.firstOnPrimary(POSITION, row -> row, topic, partition).map(row -> {
            String where = row == null ? "from its beginning" : "from offset " + row.getLong("next_offset");
            OffsetDateTime asOf = row == null ? null : row.getOffsetDateTime("last_event_at");
            return "they hold version %s of it, and go on with partition %d of %s %s%s"
                    .formatted(held, partition, topic, where, asOf == null ? "" : ", as of " + asOf.toInstant());
        });
    }

    private static Object[] parameters(Collection<Write> writes) {
        return new Object[] {
            array(writes, new String[0], Write::type),
            array(writes, new Long[0], Write::id),
            array(writes, new Long[0], Write::version)
        };
    }

    private static <T> T[] array(Collection<Write> writes, T[] type, Function<Write, T> value) {
        return writes.stream().map(value).toList().toArray(type);
    }
}
