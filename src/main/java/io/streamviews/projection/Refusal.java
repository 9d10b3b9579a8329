package io.streamviews.projection;

import io.streamviews.source.BaseView;
import io.streamviews.source.Change;
import io.streamviews.source.Column;
import io.streamviews.source.Location;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What PostgreSQL objects to in a single record, in words for people: which view and column, and what was found. */
final class Refusal {

    private static final int SHOWN = 200;

    private Refusal() {}

    /** @param views those that are kept from the record's topic */
    static String of(PgException refused, TopicRecord source, List<BaseView> views) {
        for (BaseView view : views) {
            boolean isNamed = view.table().equals(refused.getTable());
            if (isNamed && refused.getColumn() != null) {
                String places = view.columns().stream()
                        .filter(column -> column.name().equals(refused.getColumn()))
                        .map(Refusal::places)
                        .collect(Collectors.joining());
                return "%s.%s: %s%s".formatted(view.table(), refused.getColumn(), refused.getErrorMessage(), places);
            }
            if (isNamed && refused.getConstraint() != null) {
                return "%s: %s%s".formatted(view.table(), refused.getErrorMessage(), detail(refused));
            }
        }
        for (BaseView view : views) {
            String column = columnOf(refused, source, view);
            if (column != null) {
                return column;
            }
        }
        String of = views.size() == 1 ? views.get(0).table() + ": " : "";
        return of + refused.getErrorMessage() + detail(refused);
    }

    /** Of a text that a type does not read, PostgreSQL names only the type and the text. */
    private static String columnOf(PgException refused, TopicRecord source, BaseView view) {
        if (!(view.read(source.message()) instanceof Change.Upsert upsert)) {
            return null;
        }
        List<Column> suspects = new ArrayList<>();
        for (int i = 0; i < view.columns().size(); i++) {
            Column column = view.columns().get(i);
            if (column.type().carried(upsert.values()[i]) instanceof String text
                    && refused.getErrorMessage().contains('"' + text + '"')) {
                suspects.add(column);
            }
        }
        return suspects.isEmpty()
                ? null
                : suspects.stream()
                                .map(column -> view.table() + "." + column.name())
                                .collect(Collectors.joining(" or "))
                        + ": "
                        + beginning(refused.getErrorMessage())
                        + places(suspects.get(0));
    }

    private static String places(Column column) {
        return column.from().stream()
                .map(Location::toString)
                .collect(Collectors.joining(" or ", "; it is read at ", ""));
    }

    private static String detail(PgException refused) {
        return refused.getDetail() == null ? "" : "; " + beginning(refused.getDetail());
    }

    private static String beginning(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
