package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Sql;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.pgclient.PgException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Takes along to another generation what people have made, changed or allowed on the live one: by the statements that make
 * it, run where the other generation bears the live one's name. What cannot be taken along so is named, and no generation
 * takes the place of another one without it: in the end both are compared, whatever was made and however.
 *
 * <p>All of it is done in the transaction that exchanges the generations, after {@link #hold}: what somebody else changes
 * meanwhile comes before it, or finds the new generation.
 */
public final class CarryOver {

    private static final String LEFT =
            "These would be left with the former generation; drop them, and make them again afterwards";

    private static final String READ_IN_FULL = "SET LOCAL search_path = pg_catalog; SET LOCAL jit = off";

    private static final String PUT_NEXT_IN_PLACE =
            """
            ALTER SCHEMA views RENAME TO views_aside;
            ALTER SCHEMA views_next RENAME TO views;
            """;
    private static final String PUT_IT_BACK =
            """
            ALTER SCHEMA views RENAME TO views_next;
            ALTER SCHEMA views_aside RENAME TO views;
            """;

    /** Readers and batches go on; who alters a table waits. */
    private static final String LOCK_TABLES =
            """
            SELECT format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', string_agg(oid::regclass::text, ', ' ORDER BY oid))
            FROM pg_class WHERE relnamespace = 'views'::regnamespace AND relkind IN ('r', 'p', 'v')
            """;

    /**
     * GRANT and REVOKE take no lock, but two at once on one object conflict. So owners are granted what they have
     * anyway: a change of rights that was under way has committed by then, or fails.
     */
    private static final String TOUCH_RIGHTS =
            """
            SELECT string_agg(touch, ';' ORDER BY touch)
            FROM (SELECT format('GRANT SELECT ON %s TO %I', oid::regclass, pg_get_userbyid(relowner)) AS touch
                  FROM pg_class
                  WHERE relnamespace = 'views'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                  UNION ALL
                  SELECT format('GRANT SELECT (%I) ON %s TO %I', attname, attrelid::regclass, pg_get_userbyid(relowner))
                  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
                  WHERE relnamespace = 'views'::regnamespace AND attacl IS NOT NULL AND NOT attisdropped
                  UNION ALL
                  SELECT format('GRANT EXECUTE ON ROUTINE %s TO %I', oid::regprocedure, pg_get_userbyid(proowner))
                  FROM pg_proc WHERE pronamespace = 'views'::regnamespace
                  UNION ALL
                  SELECT format('GRANT USAGE ON SCHEMA views TO %I', pg_get_userbyid(nspowner))
                  FROM pg_namespace WHERE nspname = 'views') AS own
            """;

    /** A lock that is not to be had, a deadlock. */
    private static final Set<String> LOST_RACES = Set.of("55P03", "40P01");

    /** What PostgreSQL does not support or allow, values that do not fit, objects that are missing or in a wrong state. */
    private static final Set<String> OF_STATEMENTS = Set.of("0A", "0L", "0P", "22", "23", "2B", "42", "55");

    private CarryOver() {}

    /**
     * In a transaction of its own: makes the next generation's definitions and indexes what the live one's are, and tries
     * the rest. Called before it is filled, and when it is nearly done: an index that was made meanwhile takes its time.
     *
     * <p>Fails with a {@link RefusedGenerationException} if something cannot be taken along.
     */
    public static Uni<Void> prepare(SqlClient client) {
        return Sql.run(client, "BEGIN")
                .chain(() -> wanted(client, Generations.NEXT))
                .call(() -> Sql.run(client, PUT_NEXT_IN_PLACE))
                .flatMap(live -> make(client, live, GenerationPart::isDefinition)
                        .call(() -> Sql.run(client, "SAVEPOINT defined"))
                        .call(now -> complete(client, live, now)))
                .call(() -> Sql.run(client, "ROLLBACK TO SAVEPOINT defined"))
                .call(() -> Sql.run(client, PUT_IT_BACK))
                .call(() -> Sql.run(client, "COMMIT"))
                .onFailure()
                .call(() -> Sql.run(client, "ROLLBACK").onFailure().recoverWithNull())
                .replaceWithVoid();
    }

    /** Until the transaction ends, nobody else changes the live tables' definitions or any right; waits for who does. */
    public static Uni<Void> hold(SqlClient client, long patienceMs) {
        return Sql.run(client, "SET LOCAL lock_timeout = '%d ms'".formatted(patienceMs))
                .chain(() -> Sql.run(client, READ_IN_FULL))
                .chain(() -> runWhatItSays(client, LOCK_TABLES))
                .chain(() -> runWhatItSays(client, TOUCH_RIGHTS));
    }

    /**
     * All that another generation must have besides its rows when it takes the live one's place: what its own files have
     * made, and what people have made, changed or taken away on the live one since its files made that.
     */
    public static Uni<Map<String, GenerationPart>> wanted(SqlClient client, String other) {
        return parts(client).flatMap(live -> Uni.combine()
                .all()
                .unis(GenerationParts.asMade(client, Views.LIVE), GenerationParts.asMade(client, other))
                .usingConcurrencyOf(1)
                .with((asMade, otherAsMade) -> wanted(live, asMade, otherAsMade)));
    }

    static Map<String, GenerationPart> wanted(
            Map<String, GenerationPart> live,
            Map<String, GenerationPart> asMade,
            Map<String, GenerationPart> otherAsMade) {
        Map<String, GenerationPart> wanted = new HashMap<>(otherAsMade);
        without(asMade, live).forEach(gone -> wanted.remove(gone.key()));
        without(live, asMade).forEach(made -> wanted.put(made.key(), made));
        // Whoever has made them: all may have been handed over to another role since.
        // What files do not make any more is nobody's.
        Set<String> owned = owned(wanted);
        Set<String> noMore = owned(asMade);
        noMore.removeAll(owned(otherAsMade));
        owned.removeAll(noMore);
        wanted.values().removeIf(GenerationPart::isOwner);
        live.values().stream()
                .filter(part -> part.isOwner() && owned.contains(part.what()))
                .forEach(owner -> wanted.put(owner.key(), owner));
        return GenerationParts.inOrder(wanted.values());
    }

    private static Set<String> owned(Map<String, GenerationPart> parts) {
        return parts.values().stream()
                .filter(GenerationPart::isOwner)
                .map(GenerationPart::what)
                .collect(Collectors.toSet());
    }

    /** All that the live generation has besides its rows. */
    private static Uni<Map<String, GenerationPart>> parts(SqlClient client) {
        return Sql.run(client, READ_IN_FULL).chain(() -> GenerationParts.of(client, Views.LIVE));
    }

    /**
     * Gives the generation that has just taken the live one's name what the live one had; it has its definitions already.
     *
     * <p>Fails with a {@link RefusedGenerationException} if something is missing then, or was revoked and is not here.
     */
    public static Uni<Void> complete(SqlClient client, Map<String, GenerationPart> live) {
        return parts(client).flatMap(now -> complete(client, live, now));
    }

    private static Uni<Void> complete(
            SqlClient client, Map<String, GenerationPart> live, Map<String, GenerationPart> now) {
        return make(client, live, now, GenerationPart::isBinding, 2)
                .invoke(made -> refuse(
                        Stream.concat(without(live, made), without(made, live).filter(GenerationPart::isUndone))
                                .map(GenerationPart::what)))
                .replaceWithVoid();
    }

    private static Uni<Map<String, GenerationPart>> make(
            SqlClient client, Map<String, GenerationPart> live, Predicate<GenerationPart> which) {
        return parts(client).flatMap(now -> make(client, live, now, which, 2));
    }

    /**
     * @param now what is there
     * @param times to try, since what is taken away takes along what belongs to it
     * @return what is there afterwards
     */
    private static Uni<Map<String, GenerationPart>> make(
            SqlClient client,
            Map<String, GenerationPart> live,
            Map<String, GenerationPart> now,
            Predicate<GenerationPart> which,
            int times) {
        refuse(objectsMissing(live, now));
        List<Uni<Void>> statements = Stream.concat(
                        without(now, live)
                                .filter(which.or(GenerationPart::isDefinition))
                                .filter(GenerationPart::isUndone)
                                .map(extra -> run(client, extra, extra.undo())),
                        without(live, now)
                                .filter(which)
                                .filter(missing -> missing.make() != null)
                                .map(missing -> run(client, missing, missing.make())))
                .toList();
        return statements.isEmpty() || times == 0
                ? Uni.createFrom().item(now)
                : Uni.join()
                        .all(statements)
                        .usingConcurrencyOf(1)
                        .andFailFast()
                        .chain(() -> parts(client))
                        .flatMap(made -> make(client, live, made, which, times - 1));
    }

    private static Uni<Void> run(SqlClient client, GenerationPart part, String statement) {
        return Sql.run(client, statement)
                .onFailure(CarryOver::isOfTheStatement)
                .transform(failure -> RefusedGenerationException.of(
                        List.of("%s (%s)".formatted(part.what(), message(failure))), LEFT));
    }

    /** What is neither there nor can be made: whatever belongs to it is not worth naming. */
    private static Stream<String> objectsMissing(Map<String, GenerationPart> live, Map<String, GenerationPart> now) {
        Set<String> makeable = live.values().stream()
                .filter(part -> part.make() != null)
                .map(GenerationPart::what)
                .collect(Collectors.toSet());
        return without(live, now)
                .filter(part -> part.isName() && !makeable.contains(part.what()))
                .map(GenerationPart::what);
    }

    /** What one generation has and another one has not. */
    private static Stream<GenerationPart> without(Map<String, GenerationPart> one, Map<String, GenerationPart> other) {
        return one.entrySet().stream()
                .filter(part -> !other.containsKey(part.getKey()))
                .map(Map.Entry::getValue);
    }

    private static void refuse(Stream<String> left) {
        RefusedGenerationException.ifAny(left.distinct().sorted().toList(), LEFT);
    }

    /** Whether something would be left behind; what was made since {@link #prepare} was called, another call may take along. */
    public static boolean isLeft(Throwable failure) {
        return failure instanceof RefusedGenerationException
                && failure.getMessage().startsWith(LEFT);
    }

    /** Whether the transaction may succeed if it is tried again: somebody has, or changes, what it needs. */
    public static boolean isLostRace(Throwable failure) {
        return failure instanceof PgException refused
                && (LOST_RACES.contains(refused.getSqlState())
                        || "XX000".equals(refused.getSqlState())
                                && message(refused).contains("concurrently"));
    }

    /** Whether PostgreSQL will not do such a thing, rather than that it cannot now. */
    private static boolean isOfTheStatement(Throwable failure) {
        return failure instanceof PgException refused
                && !isLostRace(refused)
                && refused.getSqlState() != null
                && OF_STATEMENTS.contains(refused.getSqlState().substring(0, 2));
    }

    private static String message(Throwable failure) {
        return failure instanceof PgException refused ? refused.getErrorMessage() : failure.getMessage();
    }

    private static Uni<Void> runWhatItSays(SqlClient client, String query) {
        return Sql.one(client, query, row -> row.getString(0)).flatMap(told -> Sql.run(client, told));
    }
}
