package io.streamviews.rest;

import io.streamviews.postgres.PageBound;
import jakarta.inject.Inject;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.UriInfo;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;

/**
 * Which part of a list is asked for: at most {@code limit} entries whose key is greater than {@code after}, and fewer if
 * those are too large for a page. A key, not an offset: pages neither skip nor repeat entries while others come and go, and
 * the last page costs what the first does.
 */
public final class PageRequest {

    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 1000;

    @QueryParam("limit")
    @Parameter(
            description = "Most entries of the answer; where they are large, it has fewer and a Link to the next",
            schema = @Schema(type = SchemaType.INTEGER, minimum = "1", maximum = "1000", defaultValue = "50"))
    String limit;

    @QueryParam("after")
    @Parameter(description = "Key of the last entry already seen; see the Link header")
    String after;

    @Inject
    PageConfig config;

    @Context
    UriInfo uri;

    @Context
    HttpHeaders headers;

    /** @throws RefusedException (400) unless absent or a number from 1 to 1000 */
    public int limit() {
        long value = limit == null ? DEFAULT_LIMIT : number("limit", limit);
        if (value < 1 || value > MAX_LIMIT) {
            throw RefusedException.violation("limit", "must be from 1 to " + MAX_LIMIT);
        }
        return (int) value;
    }

    /** How much to read. @throws RefusedException (400) as {@link #limit} does */
    public PageBound bound() {
        return new PageBound(limit(), config.maxBytes().asLongValue());
    }

    /** The key to go on after, or one below all keys. @throws RefusedException (400) unless absent or a number */
    public long after() {
        return after == null ? Long.MIN_VALUE : number("after", after);
    }

    /** The key to go on after, of a list whose keys are texts; {@code null} if absent. */
    public String afterText() {
        return after;
    }

    /** The key to go on after in a list that can be sorted either way, or one before all keys. */
    public long after(Sort sort) {
        return after == null ? sort.start() : number("after", after);
    }

    /** The place to go on after in a list that is sorted by a number first, or the given one if absent. */
    public PageKey afterPlace(PageKey start) {
        return after == null ? start : PageKey.parse("after", after);
    }

    /** @throws RefusedException (400) if a conditional header is malformed */
    Precondition precondition() {
        return ConditionalHeaders.of(headers);
    }

    UriInfo uri() {
        return uri;
    }

    static long number(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw RefusedException.violation(name, "must be a whole number");
        }
    }
}
