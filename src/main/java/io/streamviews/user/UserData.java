package io.streamviews.user;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.eventlog.MalformedEventException;
import io.streamviews.eventlog.TextRule;
import java.time.Instant;

/**
 * A user's whole state, as events carry it. Only the department may be absent; a blank one counts as absent. An e-mail
 * address is only measured here: whether it is well-formed is for the command to say, and no reason to lose an event.
 */
@RegisterForReflection
public record UserData(
        @JsonProperty(required = true) long id,
        String name,
        String email,
        String department,
        @JsonProperty(required = true) UserStatus status,
        @JsonProperty(required = true) Instant createdAt,
        @JsonProperty(required = true) Instant updatedAt) {

    /** As the migration {@code V13} says it. */
    private static final String ERASED = "erased@erased.invalid";

    private static final TextRule NAME = TextRule.required(255);
    private static final TextRule EMAIL = TextRule.required(255);
    private static final TextRule DEPARTMENT = TextRule.upTo(255);

    public UserData {
        NAME.check("user.name", name);
        EMAIL.check("user.email", email);
        if (department != null) {
            DEPARTMENT.check("user.department", department);
            department = department.isBlank() ? null : department;
        }
        if (status == null || createdAt == null || updatedAt == null) {
            throw new MalformedEventException("user: status, createdAt and updatedAt must be set, found " + status
                    + ", " + createdAt + ", " + updatedAt);
        }
    }

    /** Whether this is a person who has been forgotten. */
    boolean isErased() {
        return email.equals(ERASED);
    }
}
