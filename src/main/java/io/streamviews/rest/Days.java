package io.streamviews.rest;

import jakarta.ws.rs.QueryParam;
import java.time.DateTimeException;
import java.time.LocalDate;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;

/** Which days are asked for: those from {@code from} to {@code to}, both of them included. */
public final class Days {

    private static final LocalDate FIRST = LocalDate.of(1, 1, 1);
    private static final LocalDate LAST = LocalDate.of(9999, 12, 31);

    @QueryParam("from")
    @Parameter(description = "First day (UTC)", schema = @Schema(type = SchemaType.STRING, format = "date"))
    String from;

    @QueryParam("to")
    @Parameter(description = "Last day (UTC)", schema = @Schema(type = SchemaType.STRING, format = "date"))
    String to;

    /** The first day, or one before all. @throws RefusedException (400) unless a day that is not after the last */
    public LocalDate first() {
        LocalDate first = from == null ? FIRST : parse("from", from);
        if (first.isAfter(last())) {
            throw RefusedException.violation("from", "must not be after to");
        }
        return first;
    }

    /** The last day, or one after all. @throws RefusedException (400) unless absent or a day */
    public LocalDate last() {
        return to == null ? LAST : parse("to", to);
    }

    /** @throws RefusedException (400) unless it is a day of the years 1 to 9999 */
    public static LocalDate parse(String parameter, String text) {
        try {
            LocalDate day = LocalDate.parse(text);
            if (!day.isBefore(FIRST) && !day.isAfter(LAST)) {
                return day;
            }
        } catch (DateTimeException notADay) {
            // Said below.
        }
        throw RefusedException.violation(parameter, "must be a day such as 2026-11-24");
    }
}
