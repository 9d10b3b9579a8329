package io.streamviews.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.eventlog.MalformedEventException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserEventTest {

    private static final String EVENT =
            """
            {"eventType":"USER_CREATED","userId":100,"user":{"id":100,"name":"홍길동","email":"hong@example.com",\
            "department":"개발팀","status":"ACTIVE","createdAt":"2025-07-17T06:03:43.792924968",\
            "updatedAt":"2025-07-17T06:03:43.793003009"},"timestamp":"2025-07-17T06:03:43.8","version":1}""";

    @Test
    void aDeletionSaysNothingOfThePerson() {
        UserEvent deletion = UserEvent.deleted(100, Instant.parse("2025-07-17T06:03:43Z"), 3);

        assertThat(deletion.toEvent().payload())
                .isEqualTo(
                        "{\"eventType\":\"USER_DELETED\",\"userId\":100,\"timestamp\":\"2025-07-17T06:03:43Z\",\"version\":3}");
    }

    @Test
    void readsTimesWithoutAZoneAsUtcAndCutsWhatPostgresCannotHold() {
        UserEvent event = decode(EVENT);

        assertThat(event.user().createdAt()).isEqualTo(Instant.parse("2025-07-17T06:03:43.792924Z"));
        assertThat(event.timestamp()).isEqualTo(Instant.parse("2025-07-17T06:03:43.8Z"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"2025-07-17T06:03:43Z\"        | 2025-07-17T06:03:43Z",
                "\"2025-07-17T06:03Z\"           | 2025-07-17T06:03:00Z",
                "\"2025-07-17T06:03\"            | 2025-07-17T06:03:00Z",
                "\"2025-07-17T15:03:43.5+09:00\" | 2025-07-17T06:03:43.5Z",
                "\"2024-02-29T23:59:59.999999\"  | 2024-02-29T23:59:59.999999Z",
                "\"0001-01-01T00:00:00\"         | 0001-01-01T00:00:00Z",
                "[2025,7,17,6,3,43,792924968]    | 2025-07-17T06:03:43.792924Z",
                "[2025,7,17,6,3]                 | 2025-07-17T06:03:00Z"
            })
    void readsEveryUsualFormOfATime(String json, Instant expected) {
        assertThat(decode(EVENT.replace("\"2025-07-17T06:03:43.8\"", json)).timestamp())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"2025-02-30T06:03:43\"",
                "\"2025-07-17\"",
                "\"yesterday\"",
                "\"\"",
                "1752732223",
                "true",
                "{}",
                "[2025]",
                "[2025,13,1,0,0]",
                "\"+12025-07-17T06:03:43Z\"",
                "\"2025-07-17T24:03:43\"",
                "\"2025-07-17 06:03:43\""
            })
    void refusesWhatIsNoTime(String json) {
        assertMalformed(EVENT.replace("\"2025-07-17T06:03:43.8\"", json), "timestamp");
    }

    @Test
    void writesWhatItReadsWithAZone() {
        UserEvent event = decode(EVENT);

        String json = UserEvent.CODEC.encode(event);

        assertThat(json).contains("\"timestamp\":\"2025-07-17T06:03:43.800Z\"").contains("\"name\":\"홍길동\"");
        assertThat(decode(json)).isEqualTo(event);
    }

    @Test
    void ignoresFieldsOfNewerProducers() {
        assertThat(decode(EVENT.replace("{\"id\":100", "{\"nickname\":[1,{}],\"id\":100")))
                .isEqualTo(decode(EVENT));
    }

    @Test
    void aDeletionMayLeaveTheUserOut() {
        UserEvent event = decode(
                """
                {"eventType":"USER_DELETED","userId":100,"user":null,"timestamp":"2025-07-17T06:03:43","version":3}""");

        assertThat(event.user()).isNull();
    }

    @Test
    void aBlankDepartmentIsNone() {
        assertThat(decode(EVENT.replace("개발팀", " ")).user().department()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "\"userId\":100,            |                            | userId",
                "\"userId\":100             | \"userId\":\"100\"         | userId",
                "\"userId\":100             | \"userId\":100.5           | userId",
                "\"userId\":100             | \"userId\":null            | userId",
                "\"userId\":100             | \"userId\":9223372036854775808 | userId",
                "\"userId\":100             | \"userId\":101             | user.id: expected 101",
                "\"version\":1              | \"version\":-1             | version",
                ",\"version\":1             |                            | version",
                "USER_CREATED               | USER_MARRIED               | eventType",
                "\"USER_CREATED\"           | 0                          | eventType",
                "\"USER_CREATED\"           | null                       | eventType",
                "\"name\":\"홍길동\",       |                            | user.name: is missing",
                "\"홍길동\"                 | \"\"                       | user.name: must not be blank",
                "\"홍길동\"                 | 7                          | user.name",
                "\"홍길동\"                 | null                       | user.name: is missing",
                "홍길동                     | a\\u0000b                  | user.name: must not contain the character U+0000",
                "홍길동                     | a\\ud83d                   | user.name: must not contain an unpaired surrogate",
                "홍길동                     | a\\ude00                   | user.name: must not contain an unpaired surrogate",
                "\"ACTIVE\"                 | \"RETIRED\"                | user.status",
                "\"ACTIVE\"                 | null                       | status",
                "\"createdAt\"              | \"created\"                | createdAt",
            })
    void saysWhatIsWrong(String part, String replacement, String message) {
        assertMalformed(EVENT.replace(part, replacement == null ? "" : replacement), message);
    }

    @Test
    void countsCharactersAsPostgresDoes() {
        assertThat(decode(EVENT.replace("개발팀", "😀".repeat(255))).user().department())
                .hasSize(510);
        assertMalformed(EVENT.replace("개발팀", "a".repeat(256)), "user.department: must not be longer than 255");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "null", "[]", "7", "\"USER_CREATED\"", "{", "{}", "<xml/>"})
    void refusesWhatIsNoEvent(String json) {
        assertMalformed(json, "");
    }

    @Test
    void refusesASecondDocumentAndBrokenUtf8() {
        assertMalformed(EVENT + EVENT, "");
        assertMalformed(EVENT.replace("\"user\":{", "\"user\":[{"), "user");
        byte[] latin1 = EVENT.replace("홍길동", "José").getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> UserEvent.CODEC.decode(latin1)).isInstanceOf(MalformedEventException.class);
    }

    private static UserEvent decode(String json) {
        return UserEvent.CODEC.decode(json.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertMalformed(String json, String message) {
        assertThatThrownBy(() -> decode(json))
                .isInstanceOf(MalformedEventException.class)
                .hasMessageContaining(message);
    }
}
