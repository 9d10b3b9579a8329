package io.streamviews.user;

import io.streamviews.rest.IdempotencyKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;

/**
 * A user to be created.
 *
 * @param key null if the request has none
 * @param traceparent the request's trace; null if none is kept
 */
public record NewUser(UserRequest request, IdempotencyKey key, String traceparent) {

    /** What the request says: equal for a repetition. No field can hold U+0000, so it parts them. */
    byte[] fingerprint() {
        String said = String.join(
                "\0",
                request.name(),
                request.email(),
                request.departmentOrNull() == null ? "" : request.departmentOrNull(),
                request.statusOrDefault().name());
        return sha256().digest(said.getBytes(StandardCharsets.UTF_8));
    }

    CreatedUser created(long id, Instant now) {
        return new CreatedUser(
                this,
                new UserData(
                        id,
                        request.name(),
                        request.email(),
                        request.departmentOrNull(),
                        request.statusOrDefault(),
                        now,
                        now));
    }

    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
