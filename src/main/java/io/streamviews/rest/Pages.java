package io.streamviews.rest;

import io.streamviews.postgres.Page;
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
        return Response.ok(shown)
                .links(next(request, key.apply(entries.get(entries.size() - 1))))
                .build();
    }

    /** The same with an entity tag made of what the page says, or 304 if the client has that page already. */
    public static <T> Response tagged(
            PageRequest request, Page<T> page, Function<T, ?> key, Function<T, ?> representation) {
        return request.precondition()
                .answer(
                        Representations.tagOf(page),
                        () -> Response.fromResponse(page(request, page, key, representation)));
    }

    /**
     * A page that is JSON already, with an entity tag made of it, or 304 if the client has it already.
     *
     * @param last where the page ends; null if the list does
     */
    public static Response ofJson(PageRequest request, String json, String last) {
        Response answer = Representations.ofJson(request.precondition(), json);
        return last == null
                ? answer
                : Response.fromResponse(answer).links(next(request, last)).build();
    }

    private static Link next(PageRequest request, Object last) {
        return Link.fromUriBuilder(request.uri().getRequestUriBuilder().replaceQueryParam("after", "{last}"))
                .rel("next")
                .build(last);
    }
}
