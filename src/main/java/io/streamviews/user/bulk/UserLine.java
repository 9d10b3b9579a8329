package io.streamviews.user.bulk;

import com.fasterxml.jackson.databind.ObjectReader;
import io.streamviews.rest.RefusedException;
import io.streamviews.user.NewUser;
import io.streamviews.user.UserRequest;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Validator;
import java.io.IOException;
import java.util.Set;

/**
 * Reads a user from one line of JSON, by the rules of a single request.
 *
 * @param traceparent the stream's trace; null if none is kept
 */
record UserLine(ObjectReader json, Validator validator, String traceparent) {

    /**
     * @return null if the line is blank
     * @throws IOException if it is no JSON object of a user
     * @throws ConstraintViolationException if a field breaks a rule
     * @throws RefusedException if it is {@code null}
     */
    NewUser read(byte[] line) throws IOException {
        if (isBlank(line)) {
            return null;
        }
        UserRequest user = json.readValue(line);
        if (user == null) {
            throw RefusedException.violation("body", "must not be null");
        }
        Set<ConstraintViolation<UserRequest>> violations = validator.validate(user);
        if (!violations.isEmpty()) {
            throw new ConstraintViolationException(violations);
        }
        return new NewUser(user, null, traceparent);
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }
}
