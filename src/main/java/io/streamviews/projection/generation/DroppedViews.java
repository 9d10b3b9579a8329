package io.streamviews.projection.generation;

import io.streamviews.source.BaseView;
import java.util.List;

/**
 * Base views of which a rebuild does without what the topics do not hold any more.
 *
 * @param names theirs in the live generation; {@link #ALL} for all of them
 */
public record DroppedViews(List<String> names) {

    public static final String ALL = "*";

    boolean contains(BaseView view) {
        return names.contains(ALL) || names.contains(view.table());
    }
}
