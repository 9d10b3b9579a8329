package io.streamviews.projection;

/** Events of rows, each of which has a number, a text and a version, at chosen places of one partition. */
public interface RowRecords {

    TopicRecord updated(long offset, long id, String text, long version);

    TopicRecord deleted(long offset, long id, long version);

    TopicRecord raw(long offset, String key, byte[] value);

    /** A query for number, text and version of the rows that there are; {@code %s} stands for the schema. */
    String rows();
}
