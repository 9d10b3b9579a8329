package io.streamviews.consistency;

import io.streamviews.rest.Representations;
import io.streamviews.rest.Versioned;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;

/**
 * Answers to commands, with the token of what they wrote; the version is the entity tag. Each takes the entity's type, as the
 * event log and tokens have it.
 */
public final class CommandAnswers {

    private CommandAnswers() {}

    /** 200, with the entity as it is now. */
    public static Response written(String type, long id, Versioned<?> entity) {
        return of(Response.ok(entity), type, id, entity.version());
    }

    /** 204, for a client that can do without the entity, or has to. */
    public static Response written(String type, long id, long version) {
        return of(Response.noContent(), type, id, version);
    }

    /** 204. */
    public static Response deleted(String type, long id, long version) {
        return Response.noContent()
                .header(ConsistencyToken.HEADER, ConsistencyToken.of(type, id, version))
                .build();
    }

    /** 201, with the address of the new member of the collection that was posted to. */
    public static Response created(UriInfo collection, String type, long id, Versioned<?> entity) {
        URI address =
                collection.getAbsolutePathBuilder().path(Long.toString(id)).build();
        return of(Response.created(address).entity(entity), type, id, entity.version());
    }

    private static Response of(Response.ResponseBuilder answer, String type, long id, long version) {
        return answer.tag(Representations.tag(version))
                .header(ConsistencyToken.HEADER, ConsistencyToken.of(type, id, version))
                .build();
    }
}
