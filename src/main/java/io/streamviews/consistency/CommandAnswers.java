package io.streamviews.consistency;

import io.streamviews.rest.Representations;
import io.streamviews.rest.Versioned;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

/** Answers to commands, with the token of what they wrote; the version is the entity tag. */
public final class CommandAnswers {

    private CommandAnswers() {}

    /** 200, with the entity as it is now. */
    public static Response written(Versioned<?> entity, ConsistencyToken token) {
        return Response.ok(entity)
                .tag(Representations.tag(entity.version()))
                .header(ConsistencyToken.HEADER, token)
                .build();
    }

    /** 204. */
    public static Response deleted(ConsistencyToken token) {
        return Response.noContent().header(ConsistencyToken.HEADER, token).build();
    }

    /** 201, with the address of the new member of the collection that was posted to. */
    public static Response created(UriInfo collection, long id, Versioned<?> entity, ConsistencyToken token) {
        return Response.created(collection
                        .getAbsolutePathBuilder()
                        .path(Long.toString(id))
                        .build())
                .tag(Representations.tag(entity.version()))
                .header(ConsistencyToken.HEADER, token)
                .entity(entity)
                .build();
    }
}
