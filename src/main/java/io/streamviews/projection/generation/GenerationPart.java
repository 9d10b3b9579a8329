package io.streamviews.projection.generation;

import io.vertx.mutiny.sqlclient.Row;
import java.util.Comparator;

/**
 * Something that a generation has besides its rows: an object, a property, a right.
 *
 * @param step when it is made anew in another generation, in the order of steps; 0: it cannot be
 * @param at a number that rises from what was made earlier to what was made later
 * @param what names it, for people
 * @param says all that matters of it: another generation has the same if it says the same by the same name
 * @param make the statement that makes it
 * @param undo the statement that takes it away where it must not be; null if it does no harm there
 */
public record GenerationPart(int step, long at, String what, String says, String make, String undo) {

    static final Comparator<GenerationPart> IN_ORDER =
            Comparator.comparingInt(GenerationPart::step).thenComparingLong(GenerationPart::at);

    private static final int FIRST_BINDING = 10;
    private static final int OWNER = 11;

    static GenerationPart of(Row row) {
        return new GenerationPart(
                row.getInteger(0),
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5));
    }

    /** What it is compared by. */
    String key() {
        return what + '\n' + says;
    }

    /** Whether rows depend on it, or it takes time to make: it has to be there before people read the generation. */
    boolean isDefinition() {
        return step > 0 && step < FIRST_BINDING;
    }

    /** Whether it says who may do what, or what happens then: it is made when people begin to read the generation. */
    boolean isBinding() {
        return step >= FIRST_BINDING;
    }

    /** Whether it says whose an object is. */
    boolean isOwner() {
        return step == OWNER;
    }

    /** Whether it is the name of an object, and no more. */
    boolean isName() {
        return step == 0 && says.isEmpty();
    }

    /** Whether another generation must not have it if this one has not. */
    boolean isUndone() {
        return undo != null;
    }
}
