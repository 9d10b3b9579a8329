package io.streamviews.rest;

import io.streamviews.postgres.Page;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Link;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.function.Function;

/** Answers a {@link PageRequest}. */
public final class Pages {

    private Pages() {}

    /** The page, with a link to the next one if the list goes on. */
    public static <T> Response page(
            PageRequest request, Page<T> page, Function<T, ?> key, Function<T, ?> representation) {
        List<T> entries = page.entries();
        List<?> shown = entries.stream().map(representation).toList();
        if (!page.goesOn()) {
            return Response.ok(shown).build();
        }
        Link next = Link.fromUriBuilder(request.uri().getRequestUriBuilder().replaceQueryParam("after", "{last}"))
                .rel("next")
                .build(key.apply(entries.get(entries.size() - 1)));
        return Response.ok(shown).links(next).build();
    }

    /** The same with an entity tag made of what the page says, or 304 if the client has that page already. */
    public static <T> Response tagged(
            PageRequest request, Page<T> page, Function<T, ?> key, Function<T, ?> representation) {
        EntityTag tag = Representations.tagOf(page);
        Response.ResponseBuilder unchanged = request.precondition().unchanged(tag);
        return unchanged != null
                ? unchanged.build()
                : Response.fromResponse(page(request, page, key, representation))
                        .tag(tag)
                        .build();
    }
}
