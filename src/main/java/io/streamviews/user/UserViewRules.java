package io.streamviews.user;

import io.streamviews.access.ViewRules;
import jakarta.inject.Singleton;
import java.util.List;

/** Users are what {@code user_view} has, also where the write model answers. */
@Singleton
public final class UserViewRules implements ViewRules {

    @Override
    public List<Rule> rules() {
        return List.of(
                new Rule("GET /api/users(/.*)?", UserEntity.VIEW),
                new Rule("(POST|PUT|DELETE) /api/users(/.*)?"),
                new Rule("GET /api/posts/users(/\\d+)?", UserEntity.VIEW),
                new Rule("GET /api/departments/stats", "department_stats"));
    }
}
