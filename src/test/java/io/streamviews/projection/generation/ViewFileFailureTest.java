package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.ViewTables;
import io.vertx.pgclient.PgException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What PostgreSQL objects to while it runs a view file. */
class ViewFileFailureTest {

    private static final Map<String, String> SERVERS =
            EmbeddedServersResource.servers().getConfiguration();
    private static final String FAILS = "DO $$ BEGIN RAISE EXCEPTION 'as it is' USING ERRCODE = '%s'; END $$";

    private final String schema = "views_fails_" + ProcessHandle.current().pid();
    private final ViewTables tables = new ViewTables(
            SERVERS.get("quarkus.datasource.reactive.url"), SERVERS.get("quarkus.datasource.username"), schema);

    @AfterEach
    void close() {
        assertThat(tables.value("SELECT to_regnamespace('%s')::text")).isNull();
        tables.close();
    }

    /** A full disk, too little memory, a deadlock, somebody who cancels it, a lock. */
    @ParameterizedTest
    @ValueSource(strings = {"53100", "53200", "40P01", "57014", "55P03"})
    void isNoFaultOfTheFileIfItMayPass(String state) {
        assertThatThrownBy(() -> TestGenerations.make(tables.pool, schema, FAILS.formatted(state)))
                .isInstanceOf(PgException.class)
                .hasMessageContaining("as it is");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"COMMIT", "ROLLBACK; CREATE TABLE t (id bigint)", "CREATE TABLE t (id bigint); COMMIT AND CHAIN"
            })
    void isAlsoThatItWouldEndTheTransactionThatItIsRunIn(String file) {
        assertThatThrownBy(() -> TestGenerations.make(tables.pool, schema, file))
                .isInstanceOf(WrongViewFilesException.class)
                .hasMessageStartingWith("10_test.sql: a view file cannot end the transaction");
        assertThat(tables.value("SELECT to_regclass('public.t')::text")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'é';\nSELEC 2",
                "CREATE VIEW v AS\nSELECT nothing FROM pg_class",
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\nSELEC 1 $$"
            })
    void tellsItsLine(String file) {
        assertThatThrownBy(() -> TestGenerations.make(tables.pool, schema, file))
                .isInstanceOf(WrongViewFilesException.class)
                .hasMessageStartingWith("10_test.sql, line 2: ");
    }

    @Test
    void isAFaultOfTheFileElse() {
        assertThatThrownBy(() -> TestGenerations.make(tables.pool, schema, FAILS.formatted("22012")))
                .isInstanceOf(WrongViewFilesException.class)
                .hasMessage("10_test.sql: as it is");
    }
}
