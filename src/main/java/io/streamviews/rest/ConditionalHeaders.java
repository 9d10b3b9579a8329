package io.streamviews.rest;

import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;

/** The headers that make a request conditional. */
public final class ConditionalHeaders {

    static final String IF_MATCH = HttpHeaders.IF_MATCH;
    static final String IF_NONE_MATCH = HttpHeaders.IF_NONE_MATCH;

    @HeaderParam(IF_MATCH)
    @Parameter(
            description = "Entity tags, one of which must be the current one (else 412), or *",
            schema = @Schema(type = SchemaType.STRING, examples = "\"7\""))
    List<String> ifMatch;

    @HeaderParam(IF_NONE_MATCH)
    @Parameter(
            description =
                    "Entity tags, none of which may be the current one (else 304 to a read, 412 to a command), or *",
            schema = @Schema(type = SchemaType.STRING, examples = "\"7\""))
    List<String> ifNoneMatch;

    /** @throws RefusedException (400) if one of them is malformed */
    public Precondition parse() {
        return of(ifMatch, ifNoneMatch);
    }

    static Precondition of(HttpHeaders headers) {
        return of(headers.getRequestHeader(IF_MATCH), headers.getRequestHeader(IF_NONE_MATCH));
    }

    private static Precondition of(List<String> match, List<String> noneMatch) {
        return new Precondition(EntityTags.of(IF_MATCH, match), EntityTags.of(IF_NONE_MATCH, noneMatch));
    }
}
