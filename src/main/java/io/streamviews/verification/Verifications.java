package io.streamviews.verification;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;

/** What others may ask of verifications. Blocks. */
public final class Verifications {

    private Verifications() {}

    /** Whether one goes on that has begun before an instant: it may yet tell of what was there then. */
    public static boolean isUnderWay(Connection connection, Instant before) throws SQLException {
        return VerificationLog.isUnderWay(connection, before);
    }
}
