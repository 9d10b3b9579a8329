package io.streamviews.ksqldb;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.post.PostData;
import io.streamviews.post.PostEvent;
import io.streamviews.user.UserData;
import io.streamviews.user.UserEvent;
import io.streamviews.user.UserStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The columns that {@code docker/ksqldb} declares are the fields of the events that we write: no more, no less, no others. */
class KsqlColumnsTest {

    private static final Path FILE = Path.of("docker", "ksqldb", "department-stats.sql");
    private static final Pattern SOURCE = Pattern.compile(
            "CREATE (STREAM|TABLE) IF NOT EXISTS (\\w+) \\((.*?)\\) WITH \\(KAFKA_TOPIC = '(.*?)'", Pattern.DOTALL);
    private static final Pattern COLUMN = Pattern.compile("`(\\w+)` (STRUCT<.*?>|\\w+)");
    private static final Pattern NAME = Pattern.compile("`(\\w+)`");

    private static final Instant TIME = Instant.parse("2026-11-28T21:35:03.123456Z");
    private static final UserData USER =
            new UserData(7, "Kim", "kim@example.com", "개발팀", UserStatus.ACTIVE, TIME, TIME);
    private static final PostData POST = new PostData(3, "t", "c", 7, TIME, TIME);

    /** By topic, as the commands encode them. */
    private static final Map<String, List<String>> EVENTS = Map.of(
            "user-events",
            List.of(
                    UserEvent.CODEC.encode(new UserEvent(UserEvent.Type.USER_CREATED, 7, USER, TIME, 1)),
                    UserEvent.CODEC.encode(new UserEvent(UserEvent.Type.USER_UPDATED, 7, USER, TIME, 2)),
                    UserEvent.CODEC.encode(new UserEvent(UserEvent.Type.USER_DELETED, 7, null, TIME, 3))),
            "post-events",
            List.of(
                    PostEvent.CODEC.encode(new PostEvent(PostEvent.Type.POST_CREATED, 3, POST, TIME, 1)),
                    PostEvent.CODEC.encode(new PostEvent(PostEvent.Type.POST_DELETED, 3, POST, TIME, 2))));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    static Stream<Arguments> sources() throws IOException {
        return SOURCE.matcher(Files.readString(FILE))
                .results()
                .map(source -> arguments(source.group(2), source.group(3), source.group(4)));
    }

    @Test
    void allSourcesAreLookedAt() throws IOException {
        assertThat(sources().map(source -> source.get()[0]))
                .containsExactly("user_events", "post_events", "last_user_event");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sources")
    void columnsAreTheFieldsOfOurEvents(String source, String columns, String topic) throws IOException {
        Set<String> seen = new HashSet<>();
        for (String event : EVENTS.get(topic)) {
            seen.addAll(checkedFields(columns, MAPPER.readTree(event)));
        }
        assertThat(seen).isEqualTo(names(columns));
    }

    @Test
    void theQueryNamesNothingElse() throws IOException {
        String text = Files.readString(FILE);
        String query = text.substring(text.indexOf("department_stats\n    WITH"));

        assertThat(names(sources().findFirst().orElseThrow().get()[1].toString()))
                .containsAll(names(query));
    }

    /** Fields of an event, also within others, each of which has a column of a type that can hold it. */
    private static Set<String> checkedFields(String columns, JsonNode event) {
        Set<String> fields = new HashSet<>();
        Map<String, String> types =
                COLUMN.matcher(columns).results().collect(toMap(column -> column.group(1), column -> column.group(2)));
        event.properties().forEach(field -> {
            String type = types.get(field.getKey());
            assertThat(type).as("column for %s", field.getKey()).isNotNull();
            fields.add(field.getKey());
            if (type.startsWith("STRUCT<")) {
                assertThat(field.getValue().isObject()).as(field.getKey()).isTrue();
                fields.addAll(checkedFields(type.substring("STRUCT".length()), field.getValue()));
            } else {
                assertThat(type)
                        .as(field.getKey())
                        .isEqualTo(field.getValue().isIntegralNumber() ? "BIGINT" : "VARCHAR");
                assertThat(field.getValue().isTextual() || field.getValue().isIntegralNumber())
                        .as(field.getKey())
                        .isTrue();
            }
        });
        return fields;
    }

    private static Set<String> names(String sql) {
        return NAME.matcher(sql)
                .results()
                .map((MatchResult name) -> name.group(1))
                .collect(toSet());
    }
}
