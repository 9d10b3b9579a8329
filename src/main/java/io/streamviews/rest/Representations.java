package io.streamviews.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Response;
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
        return expected.answer(tag(entity.version()), () -> Response.ok(entity));
    }

    /** 200 for something without a version, or 304 if the client has just this already. */
    public static Response tagged(Precondition expected, Record entity) {
        return expected.answer(tagOf(entity), () -> Response.ok(entity));
    }

    /** 200 with what is JSON already, or 304 if the client has just these bytes already. */
    public static Response ofJson(Precondition expected, String json) {
        byte[] bytes = json.getBytes(UTF_8);
        EntityTag tag = new EntityTag(UUID.nameUUIDFromBytes(bytes).toString());
        return expected.answer(tag, () -> Response.ok(bytes));
    }

    /** A weak tag, made of what an entity says. */
    static EntityTag tagOf(Object entity) {
        return new EntityTag(
                UUID.nameUUIDFromBytes(entity.toString().getBytes(UTF_8)).toString(), true);
    }

    /** The entity tag of a version. */
    public static EntityTag tag(long version) {
        return new EntityTag(Long.toString(version));
    }
}
