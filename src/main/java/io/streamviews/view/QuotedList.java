package io.streamviews.view;

import io.streamviews.rest.RefusedException;
import java.util.ArrayList;
import java.util.List;

/** Texts with commas in between. One that has a comma itself stands in double quotes, where a backslash takes what follows as it is. */
final class QuotedList {

    private QuotedList() {}

    /** @throws RefusedException (400) if a quote does not end, or does not stand around the whole of a text */
    static List<String> of(String parameter, String text) {
        List<String> all = new ArrayList<>();
        int at = 0;
        do {
            boolean quoted = at < text.length() && text.charAt(at) == '"';
            int end = quoted ? quoted(parameter, text, at, all) : plain(text, at, all);
            if (end < text.length() && text.charAt(end) != ',') {
                throw RefusedException.violation(parameter, "must have a comma behind a closing quote");
            }
            at = end + 1;
        } while (at <= text.length());
        return all;
    }

    private static int plain(String text, int begin, List<String> all) {
        int comma = text.indexOf(',', begin);
        int end = comma < 0 ? text.length() : comma;
        all.add(text.substring(begin, end));
        return end;
    }

    private static int quoted(String parameter, String text, int begin, List<String> all) {
        StringBuilder value = new StringBuilder();
        for (int at = begin + 1; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                all.add(value.toString());
                return at + 1;
            }
            if (c == '\\' && at + 1 < text.length()) {
                at++;
            }
            value.append(text.charAt(at));
        }
        throw RefusedException.violation(parameter, "must close its double quotes");
    }
}
