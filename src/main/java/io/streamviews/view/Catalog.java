package io.streamviews.view;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The views of the live generation that can be read over REST, at a moment. */
final class Catalog {

    static final String SCHEMA = "views";

    private final Map<String, CatalogView> views = new LinkedHashMap<>();
    private final long askedAt;

    /** @param askedAt when it was asked for, by {@link System#nanoTime}: what has been made since may be missing */
    Catalog(List<CatalogView> views, long askedAt) {
        this.askedAt = askedAt;
        views.forEach(view -> this.views.put(view.name(), view));
    }

    /** In the order of their names. */
    List<CatalogView> all() {
        return List.copyOf(views.values());
    }

    Optional<CatalogView> find(String name) {
        return Optional.ofNullable(views.get(name));
    }

    boolean isOlderThan(long nanos) {
        return System.nanoTime() - askedAt > nanos;
    }
}
