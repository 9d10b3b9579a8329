package io.streamviews.consistency;

import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.ConsistencyToken.Place;
import io.streamviews.consistency.ConsistencyToken.RecordPlace;
import io.streamviews.consistency.ConsistencyToken.Write;
import io.streamviews.eventlog.Entities;
import io.streamviews.eventlog.Entity;
import io.streamviews.projection.KeySql;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.generation.Views;
import io.streamviews.view.ViewReader;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Which writes and records the live views hold. All views of a batch are committed together, and its positions with them; so
 * a base row, or the tombstone that it left, speaks for everything that derives from it, and a position for all before it.
 */
@ApplicationScoped
class AppliedWrites {

    /**
     * One look into an index for each write, and a second one for the tombstone; for each record one at the position, and one
     * at the dead letters. All in one statement: they look at one moment.
     */
    private static final String MISSING =
            """
            SELECT * FROM (
                SELECT false AS is_record, w.type, w.id, w.version,
                       greatest(
                           CASE w.type WHEN NULL THEN NULL::bigint%1$s END,
                           (SELECT t.version FROM views.tombstone t
                            WHERE t.base_view = CASE w.type WHEN NULL THEN NULL%2$s END AND t.key = w.id::text)) AS held
                FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS w(type, id, version)) AS found
            WHERE held IS NULL OR held < version
            UNION ALL
            SELECT true, r.topic, r.partition, r.place, p.seen
            FROM unnest($4::text[], $5::integer[], $6::bigint[]) AS r(topic, partition, place)
            LEFT JOIN %3$s AS p ON p.topic = r.topic AND p.partition = r.partition
            WHERE p.seen IS NULL OR p.seen <= r.place
               OR EXISTS (SELECT FROM views.dead_letter d
                          WHERE d.topic = r.topic AND d.partition = r.partition AND d."offset" = r.place)
            """;

    private static final String ROW = " WHEN '%s' THEN (SELECT v.version FROM views.%s v WHERE v.%s = w.id)";
    private static final String VIEW = " WHEN '%s' THEN '%s'";

    private final ViewReader views;
    private final Entities entities;
    private final Views baseViews;

    AppliedWrites(ViewReader views, Entities entities, Views baseViews) {
        this.views = views;
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
        return MISSING.formatted(rows, tables, PositionSql.relation(Views.LIVE));
    }

    /**
     * What the views do not hold.
     *
     * @param held the version of it that they hold, or the offset that the record's partition is read from next; null if none
     */
    record Missing(Place place, Long held) {

        private static Missing of(Row row) {
            String name = row.getString("type");
            long number = row.getLong("id");
            long last = row.getLong("version");
            return new Missing(
                    row.getBoolean("is_record")
                            ? new RecordPlace(name, Math.toIntExact(number), last)
                            : new Write(name, number, last),
                    row.getLong("held"));
        }
    }

    /** Which of these the views of the primary do not hold. */
    Uni<List<Missing>> missing(Collection<Place> places) {
        return views.listOnPrimary(query(), Missing::of, parameters(places));
    }

    /** Which of these the views of the standby do not hold. */
    Uni<List<Missing>> missingOnStandby(Collection<Place> places) {
        return views.listOnStandby(query(), Missing::of, parameters(places));
    }

    private static Object[] parameters(Collection<Place> places) {
        List<Write> writes = of(places, Write.class);
        List<RecordPlace> records = of(places, RecordPlace.class);
        return new Object[] {
            array(writes, new String[0], Write::type),
            array(writes, new Long[0], Write::id),
            array(writes, new Long[0], Write::version),
            array(records, new String[0], RecordPlace::topic),
            array(records, new Integer[0], RecordPlace::partition),
            array(records, new Long[0], RecordPlace::offset)
        };
    }

    private static <P extends Place> List<P> of(Collection<Place> places, Class<P> kind) {
        return places.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static <P, T> T[] array(List<P> places, T[] type, Function<P, T> value) {
        return places.stream().map(value).toList().toArray(type);
    }
}
