package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.mutiny.sqlclient.SqlConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which deletions of the live generation a new one knows before it has read anything. */
class InheritedErasuresTest {

    private ApplicationGeneration generation;
    private SqlConnection connection;

    @BeforeEach
    void makeALiveOne() {
        generation = new ApplicationGeneration();
        connection = generation.pool.getConnectionAndAwait();
        generation.query(
                """
                CREATE SCHEMA %s_live;
                CREATE TABLE %s_live.projection_position (LIKE %s.projection_position);
                CREATE TABLE %s_live.tombstone (LIKE %s.tombstone);
                INSERT INTO %s_live.tombstone (base_view, key, erased_before) VALUES ('user_view', '7', 1), ('post_view', '7', 1);
                """);
    }

    @AfterEach
    void close() {
        generation.query("DELETE FROM public.erased_row WHERE base_view = 'another'");
        generation.query("DROP SCHEMA %s_live CASCADE");
        connection.closeAndAwait();
        generation.close();
    }

    @Test
    void areThoseOfRowsThatHaveTheKeyFromThatTopicAndNoOthers() {
        generation.query("INSERT INTO public.erased_row (base_view, row_key, topic, key) VALUES ('another', '7', '"
                + generation.topics.userEvents() + "', '7')");
        try (GenerationBuild build = TestGenerations.build(
                generation, () -> ApplicationViews.views(generation.pool, generation.schema, generation.topics), 500)) {

            build.prepare(connection, generation.schema + "_live");
        }

        assertThat(generation.value("SELECT array_agg(base_view) FROM %s.tombstone"))
                .isEqualTo(new String[] {"user_view"});
    }
}
