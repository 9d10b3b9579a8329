package io.streamviews.view;

import io.smallrye.mutiny.Uni;
import io.streamviews.post.Author;
import io.streamviews.post.Authors;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Authors out of {@code user_view}. */
@ApplicationScoped
class ViewAuthors implements Authors {

    private static final String FIND =
            "SELECT user_id, name, email, department, status FROM views.user_view WHERE user_id = $1";

    private final ViewReader views;

    ViewAuthors(ViewReader views) {
        this.views = views;
    }

    @Override
    public Uni<Optional<Author>> find(long id) {
        return views.first(
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
}
