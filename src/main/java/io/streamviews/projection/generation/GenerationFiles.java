package io.streamviews.projection.generation;

import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Patience;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.Suspensions;
import io.streamviews.projection.generation.ViewFiles.ViewFile;
import io.streamviews.source.WrongDeclarationException;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;

/**
 * Makes generations of view files: a new schema, in which all of them are run, in one transaction. So it is there whole or
 * not at all: an erasure would write into what is half made, and each wait for the other.
 */
final class GenerationFiles {

    private static final Logger LOG = Logger.getLogger(GenerationFiles.class);

    /** A process that is frozen while it makes a schema does not keep it from who replaces it. */
    private static final String BEGIN =
            """
            BEGIN;
            SET LOCAL statement_timeout = 0;
            SET LOCAL lock_timeout = 0;
            SET LOCAL idle_in_transaction_session_timeout = '30s';
            SET LOCAL client_min_messages = warning
            """;

    /** Two instances that start at once make one. */
    private static final String ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7239378213491)";

    private static final String SET_FILE =
            "SELECT set_config('search_path', $1, true), set_config('streamviews.view_file', $2, true)";

    /** As a part of a statement: of that, PostgreSQL itself refuses what would end the transaction. */
    private static final String RUN_FILE =
            "DO $streamviews$ BEGIN EXECUTE current_setting('streamviews.view_file'); END $streamviews$";

    private static final String FILE = "INSERT INTO %s.view_file (name, text) VALUES ($1, $2)";

    /** Each once. */
    private static final String NOTE_PARTS =
            """
            INSERT INTO views.generation_part (step, at, what, says, make, undo)
            SELECT DISTINCT ON (what, says) step, at, what, says, make, undo
            FROM (%s) AS part
            ORDER BY what, says, step DESC, at DESC
            """;

    private static final String FILES =
            "SELECT name, text FROM %s.view_file ORDER BY starts_with(name, 'engine/') DESC, name COLLATE \"C\"";

    private static final String PLAN = "views_plan";

    private static final String LAST_MIGRATION = "11";
    private static final String MIGRATIONS =
            """
            SELECT max(version::integer)::text FROM views.flyway_schema_history WHERE success AND version IS NOT NULL
            """;

    private static final String TELL =
            """
            INSERT INTO %1$s.view_source (view, topic, declaration)
            SELECT view, topic, declaration FROM %2$s.view_source ORDER BY ordinal;
            INSERT INTO %1$s.view_file SELECT * FROM %2$s.view_file;
            INSERT INTO %1$s.generation_part SELECT * FROM %2$s.generation_part;
            """;

    private static final String FINGERPRINT =
            """
            SELECT encode(sha256(convert_to(concat(
                (SELECT string_agg(concat_ws(' ', what, says), E'\\n' ORDER BY what, says) FROM %1$s.generation_part),
                (SELECT string_agg(concat_ws(' ', view, topic, declaration::text), E'\\n' ORDER BY ordinal) FROM %1$s.view_source),
                (SELECT string_agg(name, E'\\n' ORDER BY ordinal) FROM %1$s.derived_view)), 'UTF8')), 'hex')
            """;

    private GenerationFiles() {}

    /**
     * Makes a generation that people may read one day, unless it is there.
     *
     * <p>Fails with a {@link WrongViewFilesException} if PostgreSQL refuses a file, or a declaration cannot be followed; of
     * the live one, that is left to who reads it: else nothing would be live.
     *
     * @param topics what a topic's name means that stands in a declaration
     */
    static Uni<Void> make(SqlConnection connection, String schema, ViewFiles files, UnaryOperator<String> topics) {
        return make(
                connection,
                schema,
                files,
                () -> schema.equals(Views.LIVE)
                        ? noteParts(connection, schema)
                        : check(connection, schema, topics).chain(() -> noteParts(connection, schema)));
    }

    private static Uni<Void> check(SqlConnection connection, String schema, UnaryOperator<String> topics) {
        return SourceCatalogue.of(connection, schema, topics)
                .invoke(Declarations::all)
                .onFailure(WrongDeclarationException.class)
                .transform(wrong -> new WrongViewFilesException(wrong.getMessage()))
                .replaceWithVoid();
    }

    /**
     * Makes the live generation one of files if migrations have made it: it is told what the first files declared, which
     * made nothing else than those migrations. That today's files make something else of it is then as with any other change.
     */
    static Uni<Void> takeOver(SqlConnection connection) {
        return inTransaction(
                connection,
                Sql.run(connection, ONE_AT_A_TIME)
                        .chain(() -> lastMigration(connection))
                        .chain(last -> last == null ? Uni.createFrom().voidItem() : takeOver(connection, last)));
    }

    private static Uni<Void> takeOver(SqlConnection connection, String last) {
        if (!last.equals(LAST_MIGRATION)) {
            throw new WrongViewFilesException(
                    "The views were made by migration %s of an older release; start the release with migration %s first"
                            .formatted(last, LAST_MIGRATION));
        }
        Uni<Void> taken = Uni.createFrom().voidItem();
        for (ViewFile file : ViewFiles.takeover()) {
            taken = taken.chain(() -> run(connection, Views.LIVE, file));
        }
        return taken.chain(() -> makeAnew(connection, PLAN, ViewFiles.ofMigrations()))
                .chain(() -> noteParts(connection, PLAN))
                .chain(() -> Sql.run(connection, TELL.formatted(Views.LIVE, PLAN)))
                .chain(() -> Sql.run(connection, "DROP SCHEMA %s CASCADE".formatted(PLAN)))
                .invoke(() -> LOG.info("The views were made by migrations; from now on they are made of files"));
    }

    /** Null if it was not made by migrations, or is not there. */
    private static Uni<String> lastMigration(SqlConnection connection) {
        return Sql.one(
                        connection,
                        "SELECT to_regclass('views.flyway_schema_history') IS NOT NULL",
                        row -> row.getBoolean(0))
                .flatMap(there -> there
                        ? Sql.one(connection, MIGRATIONS, row -> row.getString(0))
                        : Uni.createFrom().nullItem());
    }

    /** Makes a generation to compare another one with, unless it is there. */
    static Uni<Void> makeAside(SqlConnection connection, String schema, ViewFiles files) {
        return make(connection, schema, files, () -> Uni.createFrom().voidItem());
    }

    private static Uni<Void> make(
            SqlConnection connection, String schema, ViewFiles files, Supplier<Uni<Void>> furtherWork) {
        return inTransaction(
                connection,
                Sql.run(connection, ONE_AT_A_TIME)
                        .chain(() -> Generations.exists(connection, schema))
                        .chain(there -> there
                                ? Uni.createFrom().voidItem()
                                : makeAnew(connection, schema, files).chain(() -> furtherWork.get())));
    }

    /**
     * What PostgreSQL makes of files: what it has made of them, if the live generation is made of the same ones. Which these are and
     * what they have made is read one after the other: of one generation, not of two that are exchanged in between. Fails with a
     * {@link WrongViewFilesException} if that is something else each time.
     */
    static Uni<String> ownFingerprint(SqlConnection connection, ViewFiles files, UnaryOperator<String> topics) {
        return Views.oid(connection).flatMap(before -> of(connection, Views.LIVE)
                .flatMap(ofLive -> ofLive.equals(files)
                        ? fingerprint(connection, Views.LIVE)
                        : fingerprint(connection, files, topics).call(first -> fingerprint(connection, files, topics)
                                .invoke(second -> {
                                    if (!second.equals(first)) {
                                        throw new WrongViewFilesException(
                                                "PostgreSQL makes something else of them each time");
                                    }
                                })))
                .flatMap(found -> Views.oid(connection)
                        .flatMap(now -> now.equals(before)
                                ? Uni.createFrom().item(found)
                                : ownFingerprint(connection, files, topics))));
    }

    /** What PostgreSQL makes of files, whether or not it is a live generation's; nothing of it stays. */
    static Uni<String> fingerprint(SqlConnection connection, ViewFiles files, UnaryOperator<String> topics) {
        Patience.whileAtWork(connection);
        return Sql.run(connection, BEGIN)
                .chain(() -> Sql.run(connection, ONE_AT_A_TIME))
                .chain(() -> makeAnew(connection, PLAN, files))
                .chain(() -> check(connection, PLAN, topics))
                .chain(() -> noteParts(connection, PLAN))
                .chain(() -> fingerprint(connection, PLAN))
                .eventually(() -> Sql.run(connection, "ROLLBACK").onFailure().recoverWithNull())
                .eventually(() -> Patience.asUsual(connection));
    }

    static Uni<String> fingerprint(SqlClient client, String schema) {
        return Sql.one(client, FINGERPRINT.formatted(schema), row -> row.getString(0));
    }

    /** The files that have made a generation. */
    static Uni<ViewFiles> of(SqlConnection connection, String schema) {
        return Sql.list(connection, FILES.formatted(schema), row -> new ViewFile(row.getString(0), row.getString(1)))
                .map(ViewFiles::new);
    }

    private static Uni<Void> makeAnew(SqlConnection connection, String schema, ViewFiles files) {
        Uni<Void> made = Sql.run(connection, "CREATE SCHEMA " + schema);
        for (ViewFile file : files.files()) {
            made = made.chain(() -> run(connection, schema, file));
        }
        List<Tuple> texts = files.files().stream()
                .map(file -> Tuple.of(file.name(), file.text()))
                .toList();
        return made.chain(() -> connection.preparedQuery(FILE.formatted(schema)).executeBatch(texts))
                .replaceWithVoid();
    }

    private static Uni<Void> run(SqlConnection connection, String schema, ViewFile file) {
        return connection
                .preparedQuery(SET_FILE)
                .execute(Tuple.of(schema + ", public", file.text()))
                .chain(() -> Sql.run(connection, RUN_FILE))
                .onFailure(failure -> failure instanceof PgException refused && Suspensions.wouldFailAgain(refused))
                .transform(refused -> wrong(file, (PgException) refused));
    }

    private static WrongViewFilesException wrong(ViewFile file, PgException refused) {
        if ("0A000".equals(refused.getSqlState()) && "exec_stmt_dynexecute".equals(refused.getRoutine())) {
            return new WrongViewFilesException(
                    "%s: a view file cannot end the transaction that it is run in, take SELECT INTO or COPY FROM STDIN (%s)"
                            .formatted(file.name(), refused.getErrorMessage()));
        }
        String line = "";
        // of the file, or of the text of a function in it
        int at = refused.getInternalQuery() == null ? -1 : file.text().indexOf(refused.getInternalQuery());
        if (refused.getInternalPosition() != null && at >= 0) {
            int before = file.text().offsetByCodePoints(at, Integer.parseInt(refused.getInternalPosition()) - 1);
            line = ", line "
                    + (1
                            + file.text()
                                    .substring(0, before)
                                    .chars()
                                    .filter(c -> c == '\n')
                                    .count());
        }
        String hint = refused.getHint() == null ? "" : " (%s)".formatted(refused.getHint());
        return new WrongViewFilesException("%s%s: %s%s".formatted(file.name(), line, refused.getErrorMessage(), hint));
    }

    /** Told as those of the live generation, which the new one is to follow. */
    private static Uni<Void> noteParts(SqlConnection connection, String schema) {
        boolean isLive = schema.equals(Views.LIVE);
        return Generations.exists(connection, Views.LIVE)
                .call(there -> !isLive && there
                        ? Sql.run(connection, "ALTER SCHEMA views RENAME TO views_aside")
                        : Uni.createFrom().voidItem())
                .call(() -> isLive
                        ? Uni.createFrom().voidItem()
                        : Sql.run(connection, "ALTER SCHEMA %s RENAME TO views".formatted(schema)))
                .call(() -> Sql.run(connection, "SET LOCAL search_path = pg_catalog; SET LOCAL jit = off"))
                .call(() -> Sql.run(connection, NOTE_PARTS.formatted(GenerationParts.sql(Views.LIVE))))
                .call(() -> isLive
                        ? Uni.createFrom().voidItem()
                        : Sql.run(connection, "ALTER SCHEMA views RENAME TO " + schema))
                .call(there -> !isLive && there
                        ? Sql.run(connection, "ALTER SCHEMA views_aside RENAME TO views")
                        : Uni.createFrom().voidItem())
                .replaceWithVoid();
    }

    private static Uni<Void> inTransaction(SqlConnection connection, Uni<Void> work) {
        Patience.whileAtWork(connection);
        return Sql.run(connection, BEGIN)
                .chain(() -> work)
                .chain(() -> Sql.run(connection, "COMMIT"))
                .onFailure()
                .call(() -> Sql.run(connection, "ROLLBACK").onFailure().recoverWithNull())
                .eventually(() -> Patience.asUsual(connection));
    }
}
