package io.streamviews.feed;

/** A derived view is larger than one that is followed may be. */
final class TooLargeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooLargeException(String view, FeedConfig config) {
        super("%s has more than %d rows or %d bytes; follow the base view that it derives from"
                .formatted(view, config.maxRows(), config.maxViewBytes().asLongValue()));
    }
}
