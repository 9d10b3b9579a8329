package io.streamviews.rest;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * All kinds of problems that have a name: those whose status alone does not say what to do next. Clients compare the name, so
 * it stays as it is; {@code .github/API.md} has the same list. A problem without one is {@code about:blank} (RFC 9457, 4.2.1).
 */
public enum ProblemType {
    INVALID_FIELDS(400, "A field, parameter or header breaks a rule", "Change what violations name"),
    NOT_JSON(400, "The body is not JSON", "Change the body"),
    ROLE_NEEDED(403, "The client lacks a role", "Ask who runs this for it"),
    OTHER_SITE(
            403, "The request comes from a page of another site", "Have its origin allowed, or send it from elsewhere"),
    NOT_THERE(404, "The address is right, but what it names is not there", "Look at the list of them"),
    CHANGED_MEANWHILE(409, "Somebody else has changed it at the same time", "Read it again, then decide"),
    NOT_IN_THIS_STATE(
            409, "What is under way, or how far it is, does not allow this", "Wait for its end, or do without"),
    IDEMPOTENCY_KEY_IN_USE(
            409,
            "The first request with this Idempotency-Key is being worked on",
            "Send the same again a little later"),
    IDEMPOTENCY_KEY_REUSED(422, "The Idempotency-Key was used for another request", "Take a new key for each request"),
    UNKNOWN_REFERENCE(422, "A field refers to something that is not there", "Create that first"),
    NO_SUCH_WRITE(422, "The Consistency-Token names what was never written", "Take the token of an answer"),
    NO_INDEX(422, "No index serves this filter and order of a large view", "Create the index that the detail names"),
    TOO_COSTLY(422, "To look for these rows would cost too much", "Ask for less, or have the view kept as a table"),
    TOO_LARGE_TO_FOLLOW(
            422, "The derived view is too large to be followed", "Follow the base view that it derives from"),
    TOO_LONG_TO_TELL(422, "A row, or what it is sorted by, is too long", "Leave out columns, or sort by others"),
    VIEW_FAILS(422, "PostgreSQL cannot calculate the view", "Have the view mended; the detail says what it refuses"),
    VIEWS_BEHIND(503, "The views do not hold yet what the Consistency-Token names", "Read again a little later"),
    VIEW_SUSPENDED(503, "The view has failed, and stands still", "Read it without a token, or ask who runs this"),
    SERVER_AWAY(503, "The database, Kafka or the identity provider cannot be reached", "Send it again a little later"),
    BUSY(503, "As much is under way as may be", "Send it again a little later");

    private static final String PATH = "/problems/";

    private final int status;
    private final String title;
    private final String help;

    ProblemType(int status, String title, String help) {
        this.status = status;
        this.title = title;
        this.help = help;
    }

    /** The one with this last segment of its URI. */
    static Optional<ProblemType> named(String name) {
        return Arrays.stream(values()).filter(type -> type.kebab().equals(name)).findFirst();
    }

    /** A reference to a resource of this application. */
    @JsonValue
    public String uri() {
        return PATH + kebab();
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    /** What a client can do. */
    public String help() {
        return help;
    }

    private String kebab() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
