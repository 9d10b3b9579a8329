package io.streamviews.rest;

import io.streamviews.eventlog.EventTime;
import jakarta.ws.rs.QueryParam;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;

/** As of when an entity is asked for: a version, an instant, or now if neither is given. */
public final class Moment {

    @QueryParam("version")
    @Parameter(
            description = "The entity as this version left it",
            schema = @Schema(type = SchemaType.INTEGER, minimum = "1"))
    String version;

    @QueryParam("at")
    @Parameter(
            description = "The entity as it was at this instant, ISO-8601; a local time is UTC",
            schema = @Schema(type = SchemaType.STRING, format = "date-time"))
    String at;

    /** @throws RefusedException (400) if both are given, or what is given is no version */
    public OptionalLong version() {
        if (version != null && at != null) {
            throw RefusedException.violation("at", "must not be given along with version");
        }
        if (version == null) {
            return OptionalLong.empty();
        }
        try {
            long wanted = Long.parseLong(version);
            if (wanted >= 1) {
                return OptionalLong.of(wanted);
            }
        } catch (NumberFormatException e) {
            // refused like a number that is too small
        }
        throw RefusedException.violation("version", "must be a whole number, at least 1");
    }

    /**
     * The instant; a blank in it is a {@code +} that was not escaped.
     *
     * @throws RefusedException (400) if it is none
     */
    public Optional<Instant> at() {
        if (at == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(EventTime.parse(at.replace(' ', '+')));
        } catch (DateTimeException | ArithmeticException e) {
            throw RefusedException.violation("at", "must be an ISO-8601 time, such as 2026-11-24T22:05:44Z");
        }
    }
}
