package io.streamviews.access;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which views the answers of a part of the API show something of; every bean that is one counts. What no rule matches shows
 * all views.
 */
public interface ViewRules {

    List<Rule> rules();

    /** Views with columns of another one that tell whose they are, and that other one. */
    default Map<String, String> columnsOf() {
        return Map.of();
    }

    /**
     * Views that answers are made with, beside those that they show: where one of these has ceased to follow, the answer may
     * have less than its request's token asks for.
     */
    default List<Rule> madeWith() {
        return List.of();
    }

    /** @param operation a regular expression: method, blank, path; HEAD and OPTIONS are GET here */
    record Rule(String operation, Set<String> views) {

        public Rule(String operation, String... views) {
            this(operation, Set.of(views));
        }
    }
}
