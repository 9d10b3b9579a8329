package io.streamviews.post;

import io.streamviews.access.ViewRules;
import io.streamviews.user.UserEntity;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;

/** Posts come with what their authors are. */
@Singleton
public final class PostViewRules implements ViewRules {

    private static final String USERS = UserEntity.VIEW;
    private static final String POSTS = PostEntity.VIEW;
    private static final String ACTIVITY = "user_activity";

    @Override
    public List<Rule> rules() {
        return List.of(
                new Rule("GET /api/posts(/\\d+|/by-department/.+|/by-author/\\d+)?", POSTS, USERS),
                new Rule("GET /api/posts/\\d+/events", POSTS),
                new Rule("(POST|PUT) /api/posts(/\\d+)?", USERS),
                new Rule("DELETE /api/posts/\\d+"),
                new Rule("GET /api/views/post-statistics(/totals)?", "post_stats"),
                new Rule("GET /api/views/user-activity(/\\d+)?", ACTIVITY),
                new Rule("GET /api/views/department-performance(/.+)?", "department_performance", USERS));
    }

    /** Who is in a department, who has written, and who has not, is kept with {@code user_activity}. */
    @Override
    public List<Rule> madeWith() {
        return List.of(
                new Rule("GET /api/posts/by-department/.+", ACTIVITY),
                new Rule("GET /api/views/post-statistics/totals", ACTIVITY),
                new Rule("GET /api/views/user-activity", "user_activity_idle"));
    }

    @Override
    public Map<String, String> columnsOf() {
        return Map.of(ACTIVITY, USERS);
    }
}
