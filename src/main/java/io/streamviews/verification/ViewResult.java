package io.streamviews.verification;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.ArrayList;
import java.util.List;

/**
 * What was found in one view.
 *
 * @param rows rows of the live one
 * @param differing rows that are missing, too many, or say something else
 * @param firstDiffering the first of them
 * @param notInLog rows that cannot be checked, since the topic does not hold the events any more that made them
 * @param error why it could not be compared, which counts as one difference; null if it could
 */
@RegisterForReflection
record ViewResult(
        String name,
        long rows,
        long differing,
        List<Difference> firstDiffering,
        long notInLog,
        @JsonInclude(JsonInclude.Include.NON_NULL) String error) {

    static final int MOST_SHOWN = 10;

    ViewResult(String name, long rows, long differing, List<Difference> firstDiffering, long notInLog) {
        this(name, rows, differing, firstDiffering, notInLog, null);
    }

    /** Of a view that cannot be compared. */
    static ViewResult failed(String name, String error) {
        return new ViewResult(name, 0, 1, List.of(), 0, error);
    }

    /**
     * A row that is not what it must be.
     *
     * @param key of a base view the key; of a derived view its first column
     * @param live the row as it is, in JSON; null: there is none
     * @param expected the row as it must be, in JSON; null: there must be none
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record Difference(@JsonRawValue String key, @JsonRawValue String live, @JsonRawValue String expected) {}

    /** Adds up what is found, and keeps the first of it. */
    static final class Tally {

        private final String name;
        private final List<Difference> first = new ArrayList<>();
        private long rows;
        private long differing;
        private long notInLog;

        Tally(String name) {
            this.name = name;
        }

        void rows(long count) {
            rows += count;
        }

        void notInLog() {
            notInLog++;
        }

        void differs(String key, String live, String expected) {
            differing++;
            if (first.size() < MOST_SHOWN) {
                first.add(new Difference(key, live, expected));
            }
        }

        ViewResult result() {
            return new ViewResult(name, rows, differing, List.copyOf(first), notInLog);
        }
    }
}
