package io.streamviews.post;

import io.quarkus.hibernate.reactive.panache.PanacheEntityBase;
import io.smallrye.mutiny.Uni;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.Transactions;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.RefusedException;
import io.streamviews.rest.Versioned;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;

/** A post in the write model. Version 1 is the creation; every change adds one, and is one event. */
@Entity
@Table(name = "posts", schema = "public")
public class Post extends PanacheEntityBase {

    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "posts")
    @SequenceGenerator(name = "posts", sequenceName = "posts_id_seq", schema = "public", allocationSize = 1)
    public Long id;

    public String title;
    public String content;

    @Column(name = "author_id")
    public long authorId;

    @Column(name = "created_at")
    public Instant createdAt;

    @Column(name = "updated_at")
    public Instant updatedAt;

    @Version
    public long version = 1;

    static Post create(PostRequest request, Instant now) {
        Post post = new Post();
        post.authorId = request.authorId();
        post.createdAt = now;
        post.set(request, now);
        return post;
    }

    /** Takes title and content over; {@code false} if that changes nothing. */
    boolean update(PostRequest request, Instant now) {
        if (title.equals(request.title()) && content.equals(request.content())) {
            return false;
        }
        set(request, now);
        return true;
    }

    /** Fails with a {@link RefusedException} (404) if there is none. */
    static Uni<Post> get(long id) {
        return Post.<Post>findById(id).onItem().ifNull().failWith(() -> RefusedException.unknown("Post", id));
    }

    /** The same, and (412) if it is not as the client expects it. */
    static Uni<Post> get(long id, Precondition condition) {
        return get(id).invoke(post -> condition.check(post.version));
    }

    Uni<Void> remove() {
        return Transactions.delete("posts", id, version);
    }

    /** That it has become what it is now. */
    Event event(PostEvent.Type type) {
        return new PostEvent(type, id, data(), updatedAt, version).toEvent();
    }

    Event deletion(Instant now) {
        return new PostEvent(PostEvent.Type.POST_DELETED, id, data(), now, version + 1).toEvent();
    }

    private PostData data() {
        return new PostData(id, title, content, authorId, createdAt, updatedAt);
    }

    Versioned<PostData> versioned() {
        return new Versioned<>(data(), version);
    }

    private void set(PostRequest request, Instant now) {
        title = request.title();
        content = request.content();
        updatedAt = now;
    }
}
