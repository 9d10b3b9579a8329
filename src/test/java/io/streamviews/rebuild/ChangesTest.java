package io.streamviews.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.projection.Installation;
import io.streamviews.projection.generation.Generations;
import io.streamviews.projection.generation.TestGenerations;
import io.streamviews.projection.generation.Views;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is told of the next generation's columns and definitions. */
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

    @Test
    void whatATypeOfTheFilesIsMadeOfIsPartOfIt() {
        assertThat(changes(ITEM, ITEM.replace("'GOOD', 'BAD'", "'BAD', 'GOOD', 'UGLY'")))
                .contains("CHANGED  item")
                .contains("columnsRetyped: mood: mood (BAD, GOOD, UGLY), was mood (GOOD, BAD),"
                        + " moods: mood (BAD, GOOD, UGLY), was mood (GOOD, BAD)");
    }

    @Test
    void whatATypeIsMadeOfIsToldHoweverDeepItIs() {
        String live =
                """
                CREATE TYPE mood AS ENUM ('GOOD', 'BAD');
                CREATE DOMAIN known AS mood CHECK (value <> 'BAD');
                CREATE TYPE pair AS (one known, other integer);
                CREATE TABLE item (id bigint PRIMARY KEY, pairs pair[], name text);
                CALL source('item', topic => 'items');
                """;

        assertThat(changes(
                        live,
                        live.replace("'GOOD', 'BAD'", "'GOOD', 'BAD', 'UGLY'")
                                .replace("name text", "name text COLLATE \"C\"")))
                .contains(
                        "columnsRetyped: pairs: known (mood), mood (GOOD, BAD, UGLY), pair (one known, other integer), was known"
                                + " (mood), mood (GOOD, BAD), pair (one known, other integer), name: text COLLATE \"C\", was text");
    }

    @Test
    void aPlainViewOfAnotherDefinitionIsNamed() {
        String view = "CREATE VIEW large AS SELECT i.id, i.n FROM item i WHERE n > 5 AND mood <> 'BAD';";

        assertThat(changes(ITEM + view, ITEM + view)).isEmpty();
        assertThat(changes(ITEM + view, ITEM + view.replace("> 5", "> 10")))
                .isEqualTo("CHANGED  large\n         its definition");
    }

    private String changes(String live, String next) {
        for (String schema : List.of(Views.LIVE, Generations.NEXT)) {
            Generations.drop(installation.views.pool, schema).await().indefinitely();
        }
        TestGenerations.make(installation.views.pool, Views.LIVE, live);
        TestGenerations.make(installation.views.pool, Generations.NEXT, next);
        return ChangesText.of(installation
                .views
                .pool
                .withTransaction(Changes::between)
                .await()
                .indefinitely());
    }
}
