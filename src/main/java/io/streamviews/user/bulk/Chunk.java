package io.streamviews.user.bulk;

import io.streamviews.user.NewUser;
import java.util.ArrayList;
import java.util.List;

/** The users of a stream that are committed together: not too many, and not too large. */
final class Chunk {

    private static final int MAX_USERS = 1_000;
    private static final int MAX_BYTES = 256 << 10;

    private final List<NewUser> users = new ArrayList<>();
    private int bytes;

    /** @param length of its line */
    void add(NewUser user, int length) {
        users.add(user);
        bytes += length;
    }

    boolean isEmpty() {
        return users.isEmpty();
    }

    boolean isFull() {
        return users.size() >= MAX_USERS || bytes >= MAX_BYTES;
    }

    List<NewUser> users() {
        return users;
    }
}
