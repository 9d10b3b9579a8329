package io.streamviews.console;

import io.streamviews.access.Role;
import io.streamviews.feed.CloseReason;
import io.streamviews.feed.EventStream;
import io.vertx.core.buffer.Buffer;
import java.util.Set;

/** One console that is open. While its client has not taken what it was sent, the next snapshots are not for it. */
final class Onlooker implements EventStream.Writer {

    private final EventStream client;
    private final Set<Role> roles;
    private final Onlookers others;
    private boolean isOpen;
    private boolean isOver;

    Onlooker(EventStream client, Set<Role> roles, Onlookers others) {
        this.client = client;
        this.roles = roles;
        this.others = others;
        client.writtenBy(this);
    }

    Set<Role> roles() {
        return roles;
    }

    String address() {
        return client.address();
    }

    boolean isOperator() {
        return roles.contains(Role.OPERATOR);
    }

    /** Called by any thread, in the order of what is sent. */
    void send(Buffer event) {
        client.run(() -> {
            if (isOver) {
                return;
            }
            if (!isOpen) {
                isOpen = true;
                client.open();
            }
            if (client.hasRoom()) {
                client.write(event);
            }
        });
    }

    void stop() {
        client.run(() -> end(CloseReason.STOPPED));
    }

    @Override
    public void hasRoom() {
        // the next snapshot comes in a second
    }

    @Override
    public void isUnread() {
        end(CloseReason.LAGGING);
    }

    @Override
    public void isExpired() {
        end(CloseReason.EXPIRED);
    }

    @Override
    public void isGone() {
        if (!isOver) {
            over();
        }
    }

    private void end(CloseReason reason) {
        if (!isOver) {
            over();
            client.end(reason, true);
        }
    }

    private void over() {
        isOver = true;
        client.close();
        others.leave(this);
    }
}
