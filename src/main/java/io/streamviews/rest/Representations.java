package io.streamviews.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.UUID;

/** Answers with one entity; its version is the entity tag, or what it says if it has none. */
public final class Representations {

    private Representations() {}

    /** 200. */
    public static Response ok(Versioned<?> entity) {
        return Response.ok(entity).tag(tag(entity.version())).build();
    }

    /** 200, or 304 if the client has this version already. */
    public static Response ok(Precondition expected, Versioned<?> entity) {
        Response.ResponseBuilder unchanged = expected.unchanged(tag(entity.version()));
        return unchanged == null ? ok(entity) : unchanged.build();
    }

    /** 200 to a command, with the token of what it wrote. */
    public static Response written(Versioned<?> entity, ConsistencyToken token) {
        return Response.ok(entity)
                .tag(tag(entity.version()))
                .header(ConsistencyToken.HEADER, token)
                .build();
    }

    /** 204 to a command, with the token of the deletion. */
    public static Response deleted(ConsistencyToken token) {
        return Response.noContent().header(ConsistencyToken.HEADER, token).build();
    }

    /** 201, with the address of the new member of the collection that was posted to, and the token of what was written. */
    public static Response created(UriInfo collection, long id, Versioned<?> entity, ConsistencyToken token) {
        return Response.created(collection
                        .getAbsolutePathBuilder()
                        .path(Long.toString(id))
                        .build())
                .tag(tag(entity.version()))
                .header(ConsistencyToken.HEADER, token)
                .entity(entity)
                .build();
    }

    /** 200 for something without a version, or 304 if the client has just this already. */
    public static Response tagged(Precondition expected, Record entity) {
        EntityTag tag = tagOf(entity);
        Response.ResponseBuilder unchanged = expected.unchanged(tag);
        return unchanged == null ? Response.ok(entity).tag(tag).build() : unchanged.build();
    }

    /** A weak tag, made of what an entity says. */
    static EntityTag tagOf(Object entity) {
        return new EntityTag(
                UUID.nameUUIDFromBytes(entity.toString().getBytes(UTF_8)).toString(), true);
    }

    static EntityTag tag(long version) {
        return new EntityTag(Long.toString(version));
    }
}
