package io.streamviews.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.postgres.NoAnswerException;
import io.vertx.pgclient.PgException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TroubleTest {

    @ParameterizedTest
    @CsvSource({
        "42P01, restore what the view files have made",
        "42703, restore what the view files have made",
        "3F000, restore what the view files have made",
        "42501, grant",
        "28P01, quarkus.datasource.username",
        "28000, quarkus.datasource.username",
        "3D000, streamviews.database.name"
    })
    void whatDoesNotPassByItselfComesWithWhatToDo(String sqlState, String advice) {
        WriteFailure trouble = of(refusal(sqlState));

        assertThat(trouble.lasting()).isTrue();
        assertThat(trouble.reason()).contains("something", sqlState, advice);
    }

    @ParameterizedTest
    @CsvSource({"57014", "55P03"})
    void whatTookTooLongNamesTheTimeOut(String sqlState) {
        assertThat(of(refusal(sqlState)).lasting()).isFalse();
        assertThat(of(refusal(sqlState)).reason()).contains("write-timeout");
        assertThat(of(new NoAnswerException(Duration.ofSeconds(1))).reason()).contains("write-timeout");
    }

    @Test
    void anythingElsePasses() {
        assertThat(of(refusal("40P01")).lasting()).isFalse();
        assertThat(of(refusal("57P03")).lasting()).isFalse();
        assertThat(of(new ConnectException("Connection refused")).reason()).isEqualTo("Connection refused");
        assertThat(of(new IllegalStateException()).reason()).isEqualTo("java.lang.IllegalStateException");
    }

    private static PgException refusal(String sqlState) {
        return new PgException("something", "ERROR", sqlState, null);
    }

    private static WriteFailure of(Throwable failure) {
        return WriteFailure.of(1, failure, Instant.EPOCH);
    }
}
