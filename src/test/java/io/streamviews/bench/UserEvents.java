package io.streamviews.bench;

import io.streamviews.user.UserData;
import io.streamviews.user.UserEvent;
import io.streamviews.user.UserEvent.Type;
import io.streamviews.user.UserStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * The events of a measurement, the same in every run: {@code created} users, then updates of random ones, over 20
 * departments.
 *
 * @param created users
 * @param updated updates
 */
record UserEvents(int created, int updated) {

    private static final int DEPARTMENTS = 20;
    private static final long SEED = 42;

    int total() {
        return created + updated;
    }

    void forEach(Consumer<UserEvent> consumer) {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int id = 1; id <= created; id++) {
            consumer.accept(event(Type.USER_CREATED, id, 1, random));
        }
        int[] versions = new int[created + 1];
        for (int i = 0; i < updated; i++) {
            int id = random.nextInt(created) + 1;
            consumer.accept(event(Type.USER_UPDATED, id, ++versions[id] + 1, random));
        }
    }

    /** An update of every user in turn, stamped with the present. */
    static UserEvent stampedUpdate(int id, long version) {
        return event(Type.USER_UPDATED, id, version, new SplittableRandom(id));
    }

    private static UserEvent event(Type type, int id, long version, SplittableRandom random) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        UserData user = new UserData(
                id,
                "User number " + id,
                "user" + id + "@example.com",
                "Department " + random.nextInt(DEPARTMENTS),
                random.nextInt(10) == 0 ? UserStatus.INACTIVE : UserStatus.ACTIVE,
                now,
                now);
        return new UserEvent(type, id, user, now, version);
    }
}
