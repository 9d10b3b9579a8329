package io.streamviews.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.console.ConsoleViewRules;
import io.streamviews.post.PostViewRules;
import io.streamviews.user.UserViewRules;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ViewsShownTest {

    static final ViewsOfPaths SHOWN =
            new ViewsOfPaths(List.of(new UserViewRules(), new PostViewRules(), new ConsoleViewRules()));

    @ParameterizedTest
    @CsvSource({
        "GET, /api/posts, 'post_view,user_view'",
        "HEAD, /api/posts/, 'post_view,user_view'",
        "GET, /api/posts/1, 'post_view,user_view'",
        "GET, /api/posts/by-department/R%26D, 'post_view,user_view'",
        "GET, /api/posts/users/1, user_view",
        "GET, /api/posts/1/events, post_view",
        "POST, /api/posts, user_view",
        "GET, /api/users/1/events, user_view",
        "GET, /api/departments/stats, department_stats",
        "GET, /api/views/user-activity, 'user_activity,user_view'",
        "GET, /api/views/user_activity/changes, 'user_activity,user_view'",
        "GET, /api/views/post-stats/changes, post_stats",
        "GET, /api/views/%75ser_view/changes, '%75ser_view,user_view'",
        "GET, /api/views/email_domains/changes, email_domains",
        "GET, /api/views/email_domains, email_domains",
        "GET, /api/views/new-view, new-view",
        "GET, /api/views/user_view/1, user_view",
        "HEAD, /api/views/%75ser_view, '%75ser_view,user_view'"
    })
    void areThoseOfWhichTheAnswerHasColumns(String method, String path, String views) {
        assertThat(SHOWN.of(method, path)).contains(Set.of(views.split(",")));
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/users",
        "DELETE, /api/users/1",
        "DELETE, /api/posts/1",
        "GET, /api/admin/rebuilds",
        "GET, /api/views",
        "GET, /q/metrics"
    })
    void areNone(String method, String path) {
        assertThat(SHOWN.of(method, path)).contains(Set.of());
    }

    @Test
    void withThemGoThoseThatTheAnswerIsMadeWith() {
        assertThat(SHOWN.madeOf("GET", "/api/posts/by-department/R%26D"))
                .contains(Set.of("post_view", "user_view", "user_activity"));
        assertThat(SHOWN.madeOf("HEAD", "/api/views/user-activity"))
                .contains(Set.of("user_activity", "user_view", "user_activity_idle"));
        assertThat(SHOWN.madeOf("GET", "/api/posts/1")).contains(Set.of("post_view", "user_view"));
        assertThat(SHOWN.madeOf("GET", "/api//posts")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api", "/api/posts/new", "/api//posts", "/api/%2565%25"})
    void areAllOfWhatNobodyHasDecidedAbout(String path) {
        assertThat(SHOWN.of("GET", path)).isEmpty();
    }
}
