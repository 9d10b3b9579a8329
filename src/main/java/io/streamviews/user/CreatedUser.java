package io.streamviews.user;

import io.streamviews.eventlog.Event;
import io.streamviews.user.UserEvent.Type;

/** A user who was asked for, and what is written of it. */
record CreatedUser(NewUser asked, UserData data) {

    long id() {
        return data.id();
    }

    Event event() {
        return new UserEvent(Type.USER_CREATED, data.id(), data, data.createdAt(), 1)
                .toEvent()
                .tracedBy(asked.traceparent());
    }
}
