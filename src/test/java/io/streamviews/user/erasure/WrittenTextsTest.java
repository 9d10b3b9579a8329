package io.streamviews.user.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left of what somebody has written when the words of a person are gone. */
class WrittenTextsTest {

    private static final String AUDIT =
            "INSERT INTO public.audit (who, address, method, target, body) VALUES ('test', '::1', 'POST', ?, ?) RETURNING id";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Anna; Anna Berg | Anna Berg asked, then Anna | [erased] asked, then [erased]",
                "mia; mia@x.example | to mia@x.example | to [erased]",
                "Jo | Jo, Joël, Jo2 and Mojo | [erased], Joël, Jo2 and Mojo",
                "Иванов | с Ивановым | с [erased]ым",
                "محمد | ومحمد | و[erased]",
                "김철수 | 김철수가 | [erased]가",
                "— | a — b | a — b",
                "A\\E.*(B)? | A\\E.*(B)?! AEB | [erased]! AEB",
                "O \"X\" | {\"r\":\"\\nO \\\"X\\\"\"} | {\"r\":\"\\n[erased]\"}"
            })
    void wordsGoWhole(String words, String body, String left) throws SQLException {
        assertThat(leftOf(words, "/", body)).containsExactly("/", left);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Conan O'Brien | /?r=Conan%20O'Brien | /?r=[erased]",
                "Conan O'Brien | /?r=Conan+O%27Brien | /?r=[erased]",
                "Müller | /?r=Mrs%20M%c3%bcller | /?r=Mrs%20[erased]",
                "김철수 | /?r=%EA%B9%80%EC%B2%A0%EC%88%982 | /?r=[erased]2",
                "api; 17 | /api/x/17?r=api%2017 | /api/x/17?r=[erased]%20[erased]"
            })
    void alsoFromAddressesButNotFromTheirPaths(String words, String target, String left) throws SQLException {
        assertThat(leftOf(words, target, "")).containsExactly(left, "");
    }

    private static List<String> leftOf(String words, String target, String body) throws SQLException {
        String database = EmbeddedServersResource.servers().getConfiguration().get("quarkus.datasource.jdbc.url");
        try (Connection connection = DriverManager.getConnection(database, "postgres", null)) {
            connection.setAutoCommit(false);
            try (PreparedStatement insert = connection.prepareStatement(AUDIT)) {
                insert.setString(1, target);
                insert.setString(2, body);
                long id = first(insert.executeQuery()).getLong(1);

                WrittenTexts.erase(connection, List.of(words.split("; ")));

                ResultSet found = first(connection
                        .createStatement()
                        .executeQuery("SELECT target, body FROM public.audit WHERE id = " + id));
                return List.of(found.getString(1), found.getString(2));
            } finally {
                connection.rollback();
            }
        }
    }

    private static ResultSet first(ResultSet rows) throws SQLException {
        assertThat(rows.next()).isTrue();
        return rows;
    }
}
