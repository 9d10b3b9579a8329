package io.streamviews.rebuild;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** What {@link Changes} has found, in words. */
final class ChangesText {

    private ChangesText() {}

    /** For people: a line for each view that changes, and the first rows. */
    static String of(JsonArray changes) {
        return StreamSupport.stream(changes.spliterator(), false)
                .map(JsonObject.class::cast)
                .filter(view -> !view.getString("change").equals("SAME"))
                .map(ChangesText::of)
                .collect(Collectors.joining("\n"));
    }

    private static String of(JsonObject view) {
        StringBuilder text = new StringBuilder("%-8s %s".formatted(view.getString("change"), view.getString("view")));
        for (String member : List.of("columnsAdded", "columnsGone", "columnsRetyped", "readBy")) {
            if (view.containsKey(member)) {
                text.append("\n         ")
                        .append(member)
                        .append(": ")
                        .append(view.getJsonArray(member).stream()
                                .map(Object::toString)
                                .collect(Collectors.joining(", ")));
            }
        }
        if (view.containsKey("definitionChanged")) {
            text.append("\n         its definition");
        }
        if (view.containsKey("rowsAdded")) {
            text.append("\n         rows: %d before, %d after; %d added, %d removed, %d changed"
                    .formatted(
                            view.getLong("rowsBefore"),
                            view.getLong("rowsAfter"),
                            view.getLong("rowsAdded"),
                            view.getLong("rowsRemoved"),
                            view.getLong("rowsChanged")));
        }
        if (view.containsKey("error")) {
            text.append("\n         cannot be compared: ").append(view.getString("error"));
        }
        for (Object sample : view.getJsonArray("samples", new JsonArray())) {
            JsonObject row = (JsonObject) sample;
            text.append("\n           - ").append(row.getValue("before"));
            text.append("\n           + ").append(row.getValue("after"));
        }
        return text.toString();
    }
}
