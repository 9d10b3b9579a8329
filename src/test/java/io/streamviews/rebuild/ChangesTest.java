package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.projection.Installation;
import io.streamviews.projection.generation.Generations;
import io.streamviews.projection.generation.TestGenerations;
import io.streamviews.projection.generation.Views;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is told of the next generation's columns. */
class ChangesTest {

    private static final String ITEM =
            """
            CREATE TYPE mood AS ENUM ('GOOD', 'BAD');
            CREATE TABLE item (id bigint PRIMARY KEY, mood mood, moods mood[], n integer);
            CALL source('item', topic => 'items');
            """;

    private final Installation installation = new Installation("changes");

    @AfterEach
    void close() {
        installation.close();
    }

    @Test
    void aTypeThatTheFilesMakeIsTheSameInBothGenerations() {
        assertThat(changes(ITEM, ITEM)).isEmpty();
    }

    @Test
    void anotherTypeIsNamed() {
        assertThat(changes(ITEM, ITEM.replace("mood mood,", "mood text,").replace("n integer", "n bigint")))
                .contains("columnsRetyped: mood: text, was mood, n: bigint, was integer");
    }

    private String changes(String live, String next) {
        TestGenerations.make(installation.views.pool, Views.LIVE, live);
        TestGenerations.make(installation.views.pool, Generations.NEXT, next);
        return Changes.text(installation
                .views
                .pool
                .withTransaction(Changes::between)
                .await()
                .indefinitely());
    }
}
