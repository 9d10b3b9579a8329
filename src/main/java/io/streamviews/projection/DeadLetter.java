package io.streamviews.projection;

import io.streamviews.source.BaseView;
import io.streamviews.source.RowKey;
import io.vertx.pgclient.PgException;
import java.util.List;

/**
 * A record that could not be applied, and why.
 *
 * @param baseView the view whose row it speaks of; null if that cannot be told
 * @param rowKey that row's key as text; null together with {@code baseView}
 */
public record DeadLetter(TopicRecord source, String error, String baseView, String rowKey) {

    private static final int MAX_ERROR_LENGTH = 2_000;

    /** @param views those of its topic say which row it speaks of; the first that can tell counts */
    static DeadLetter of(TopicRecord source, Throwable failure, List<BaseView> views) {
        List<BaseView> ofTopic = views.stream()
                .filter(view -> view.topic().equals(source.topic()))
                .toList();
        String error = error(failure, source, ofTopic);
        for (BaseView view : ofTopic) {
            RowKey row = rowOf(view, source);
            if (row != null) {
                return new DeadLetter(source, error, view.table(), row.toString());
            }
        }
        return new DeadLetter(source, error, null, null);
    }

    /** Whatever is wrong with the record, it is a dead letter, not the end of its partition. */
    private static RowKey rowOf(BaseView view, TopicRecord source) {
        try {
            return view.rowOf(source.message());
        } catch (RuntimeException unknown) {
            return null;
        }
    }

    private static String error(Throwable failure, TopicRecord source, List<BaseView> views) {
        String message = failure instanceof PgException refused
                ? refusal(refused, source, views)
                : failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage();
        String text = message.replace('\0', ' ');
        return text.substring(0, Math.min(text.length(), MAX_ERROR_LENGTH));
    }

    private static String refusal(PgException refused, TopicRecord source, List<BaseView> views) {
        try {
            return Refusal.of(refused, source, views);
        } catch (RuntimeException untold) {
            return refused.getMessage();
        }
    }
}
