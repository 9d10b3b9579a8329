package io.streamviews.relay;

/**
 * The log or the cursor is ahead of the sequence that events get their ids from: the tables were copied here without it.
 * The relay would pass over events to come, so it publishes none.
 */
public final class ForeignEventsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ForeignEventsException(long last, long drawn) {
        super(
                ("event_log or relay_cursor is at event %d, and the sequence public.event_log_id_seq at %d: expected a sequence"
                                + " that was restored with them. Stop what writes and say"
                                + " SELECT setval('public.event_log_id_seq', %d)")
                        .formatted(last, drawn, last));
    }
}
