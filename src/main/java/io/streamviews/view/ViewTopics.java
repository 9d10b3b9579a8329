package io.streamviews.view;

import java.util.Map;

/** From which topic each base view is kept. A view that has none here is no base view. */
public interface ViewTopics {

    /** Topics by the base views' tables; does not block. */
    Map<String, String> topics();
}
