package io.streamviews.post;

import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.ConsistencyToken.Write;
import io.streamviews.consistency.ViewWaits;
import io.streamviews.user.UserEvent;
import io.streamviews.view.ViewReader;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Authors out of {@code user_view}, on the primary: what a command goes by is not old. */
@ApplicationScoped
class ViewAuthors implements Authors {

    private static final String FIND =
            "SELECT user_id, name, email, department, status FROM views.user_view WHERE user_id = $1";

    private final ViewReader views;

    private final ViewWaits waits;

    ViewAuthors(ViewReader views, ViewWaits waits) {
        this.views = views;
        this.waits = waits;
    }

    @Override
    public Uni<Optional<Author>> find(long id) {
        return views.firstOnPrimary(
                        FIND,
                        row -> new Author(
                                row.getLong("user_id"),
                                row.getString("name"),
                                row.getString("email"),
                                row.getString("department"),
                                row.getString("status")),
                        id)
                .map(Optional::ofNullable);
    }

    @Override
    public Uni<Optional<Author>> await(long id, Duration atMost) {
        return waits.await(List.of(new Write(UserEvent.AGGREGATE, id, 0)), atMost)
                .chain(() -> find(id));
    }
}
