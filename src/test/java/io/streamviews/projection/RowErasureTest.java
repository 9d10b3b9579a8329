package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an erasure leaves in a generation that is not read, and has heard of a deletion of the row before. */
class RowErasureTest extends OwnedPartition {

    @BeforeEach
    void copy() {
        write(orders.created(0, 1, "a"), orders.deleted(1, 1, 2));
        tables.query("CREATE SCHEMA %s_former");
        for (String table : new String[] {"projection_position", "tombstone", "dead_letter", "order_view"}) {
            tables.query("CREATE TABLE %s_former." + table + " (LIKE %s." + table + " INCLUDING ALL)");
            tables.query("INSERT INTO %s_former." + table + " SELECT * FROM %s." + table);
        }
    }

    @AfterEach
    void dropCopy() {
        tables.query("DROP SCHEMA %s_former CASCADE");
    }

    @Test
    void aKafkaTombstoneAfterADeletionVoidsWhatStandsBetweenThere() throws SQLException {
        write(orders.updated(2, 1, "back", 3), orders.raw(3, "1", null));

        erase();

        assertThat(tombstone()).isEqualTo("(3,,)").isEqualTo(tables.value(TOMBSTONE.formatted("")));
    }

    @Test
    void aDeletionOfTheSameVersionAtALaterPlaceCounts() throws SQLException {
        write(orders.updated(2, 1, "back", 2), orders.deleted(3, 1, 2));

        erase();

        assertThat(tombstone()).isEqualTo("(-1,2,3)");
    }

    private static final String TOMBSTONE = "SELECT (erased_before, version, source_offset)::text FROM %%s%s.tombstone";

    private Object tombstone() {
        return tables.value(TOMBSTONE.formatted("_former"));
    }

    private void erase() throws SQLException {
        Map<String, String> servers = generation.servers;
        String url = servers.get("quarkus.datasource.jdbc.url");
        try (Connection connection = DriverManager.getConnection(url, servers.get("quarkus.datasource.username"), "")) {
            connection.setAutoCommit(false);
            new RowErasure(
                            connection,
                            generation.schema,
                            generation.views.get(0),
                            new RowErasure.Records("1", partition().partition()),
                            (own, schema) -> generation.views.subList(0, 1))
                    .erase();
            connection.commit();
        }
    }
}
