package io.streamviews.user;

import io.quarkus.hibernate.reactive.panache.PanacheEntityBase;
import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.Transactions;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Versioned;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.Objects;

/**
 * A user in the write model. Version 1 is the creation (see {@link UserInserts}); every change adds one, and is one event.
 */
@Entity
@Table(name = "users", schema = "public")
public class User extends PanacheEntityBase {

    @Id
    public Long id;

    public String name;
    public String email;
    public String department;

    @Enumerated(EnumType.STRING)
    public UserStatus status;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "updated_at")
    public Instant updatedAt;

    @Version
    public long version;

    /** Takes the request over; {@code false} if that changes nothing. */
    boolean update(UserRequest request, Instant now) {
        if (Objects.equals(name, request.name())
                && Objects.equals(email, request.email())
                && Objects.equals(department, request.departmentOrNull())
                && status == request.statusOrDefault()) {
            return false;
        }
        name = request.name();
        email = request.email();
        department = request.departmentOrNull();
        status = request.statusOrDefault();
        updatedAt = now;
        return true;
    }

    /** Fails with a {@link RefusedException} (404) if there is none. */
    static Uni<User> get(long id) {
        return User.<User>findById(id).onItem().ifNull().failWith(() -> RefusedException.unknown("User", id));
    }

    /** The same, and (412) if it is not as the client expects it. */
    static Uni<User> get(long id, Precondition condition) {
        return get(id).invoke(user -> condition.check(user.version));
    }

    Uni<Void> remove() {
        return Transactions.delete("users", id, version);
    }

    /** That it has become what it is now. */
    Event event(UserEvent.Type type) {
        return new UserEvent(type, id, data(), updatedAt, version).toEvent();
    }

    private UserData data() {
        return new UserData(id, name, email, department, status, createdAt, updatedAt);
    }

    Versioned<UserData> versioned() {
        return new Versioned<>(data(), version);
    }
}
