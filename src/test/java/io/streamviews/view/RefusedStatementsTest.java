package io.streamviews.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.net.ConnectException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a read that has failed on the standby says of the standby, and whether the primary is to try it. */
class RefusedStatementsTest {

    @ParameterizedTest
    @ValueSource(strings = {"22012", "22P02", "21000", "P0001"})
    void whatTheDataDoNotAllowIsNotTriedAgain(String state) {
        assertThat(RefusedStatements.isRefusedEverywhere(refused(state))).isTrue();
        assertThat(RefusedStatements.isOfTheConnection(refused(state))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"40001", "40P01", "57P01", "57014", "25006", "42P01", "53300", "XX001"})
    void whatAStandbyAloneMayRefuseIsTriedOnThePrimaryAndTheStandbyIsReadOn(String state) {
        assertThat(RefusedStatements.isRefusedEverywhere(refused(state))).isFalse();
        assertThat(RefusedStatements.isOfTheConnection(refused(state))).isFalse();
    }

    @Test
    void aStandbyThatIsNotThereIsNotReadOn() {
        assertThat(RefusedStatements.isOfTheConnection(new ConnectException("refused")))
                .isTrue();
        assertThat(RefusedStatements.isOfTheConnection(ClosedConnectionException.INSTANCE))
                .isTrue();
        assertThat(RefusedStatements.isOfTheConnection(refused("57P03"))).isTrue();
        assertThat(RefusedStatements.isOfTheConnection(refused("08006"))).isTrue();
    }

    @Test
    void aReadThatTakesLongSaysNothingOfTheStandby() {
        assertThat(RefusedStatements.isOfTheConnection(new TimeoutException())).isFalse();
        assertThat(RefusedStatements.isRefusedEverywhere(new TimeoutException()))
                .isFalse();
    }

    private static PgException refused(String state) {
        return new PgException("refused", "ERROR", state, null);
    }
}
