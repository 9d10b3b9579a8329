package io.streamviews.rest;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Link;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.function.Function;

/** Answers a {@link PageRequest}. */
public final class Pages {

    private Pages() {}

    /** How many entries to read: one more than the page holds tells whether there is a next page. */
    public static int toRead(PageRequest request) {
        return request.limit() + 1;
    }

    /**
     * The page, with a link to the next one if there are more entries.
     *
     * @param entries up to {@link #toRead} of them, in the order of their keys
     */
    public static <T> Response page(
            PageRequest request, List<T> entries, Function<T, ?> key, Function<T, ?> representation) {
        if (entries.size() <= request.limit()) {
            return Response.ok(entries.stream().map(representation).toList()).build();
        }
        List<T> page = entries.subList(0, request.limit());
        Link next = Link.fromUriBuilder(request.uri().getRequestUriBuilder().replaceQueryParam("after", "{last}"))
                .rel("next")
                .build(key.apply(page.get(page.size() - 1)));
        return Response.ok(page.stream().map(representation).toList())
                .links(next)
                .build();
    }

    /** The same with an entity tag made of what the page says, or 304 if the client has that page already. */
    public static <T> Response tagged(
            PageRequest request, List<T> entries, Function<T, ?> key, Function<T, ?> representation) {
        EntityTag tag = Representations.tagOf(entries);
        Response.ResponseBuilder unchanged = request.request().evaluatePreconditions(tag);
        return unchanged != null
                ? unchanged.build()
                : Response.fromResponse(page(request, entries, key, representation))
                        .tag(tag)
                        .build();
    }
}
