package io.streamviews.kafka;

import java.util.Map;

/** A topic that this application writes, and creates if it is absent; every bean that is one. */
public interface OwnTopic {

    /** Its name. */
    String topic();

    /** What it is created with; one that exists is left as it is. */
    Map<String, String> settings();
}
