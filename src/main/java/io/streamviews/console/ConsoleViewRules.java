package io.streamviews.console;

import io.streamviews.access.ViewRules;
import jakarta.inject.Singleton;
import java.util.List;

/** What the console is sent says how far the views are, and nothing of their rows. */
@Singleton
public final class ConsoleViewRules implements ViewRules {

    @Override
    public List<Rule> rules() {
        return List.of(new Rule("GET " + ConsoleRoute.PATH));
    }
}
