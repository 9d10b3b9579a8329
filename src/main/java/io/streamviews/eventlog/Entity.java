package io.streamviews.eventlog;

import io.streamviews.kafka.OwnTopic;

/**
 * What the domain says of a kind of entity whose events are in the event log: the one place where the engine learns of it.
 * Every bean that is one counts, that of the highest {@code @Priority} first. Its key in the topic is text, its id and its version are numbers.
 */
public interface Entity extends OwnTopic {

    /** The type of its events' aggregate, and its name in consistency tokens: lower-case letters. */
    String type();

    /** The base view that has one row of each. */
    String view();
}
