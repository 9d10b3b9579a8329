package io.streamviews.view;

import io.smallrye.mutiny.Uni;
import io.streamviews.access.ViewAccess;
import io.streamviews.rest.RefusedException;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.Set;

/** What a view shows beside itself, for those who tell of its rows elsewhere than at its own address. */
@Singleton
public final class ShownViews {

    private final ViewCatalog catalog;
    private final ViewAccess access;

    ShownViews(ViewCatalog catalog, ViewAccess access) {
        this.catalog = catalog;
        this.access = access;
    }

    /**
     * Completes if the client of a request may see all that a view shows, or if there is no such view. Does not block.
     *
     * @return fails with a {@link RefusedException} (401, 403) if it may not
     */
    public Uni<Void> check(RoutingContext request, String view) {
        return catalog.find(view)
                .map(CatalogView::shown)
                .onFailure(RefusedException.class)
                .recoverWithItem(Set.of(view))
                .invoke(shown -> access.check(request, shown))
                .replaceWithVoid();
    }
}
