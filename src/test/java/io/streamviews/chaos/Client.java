package io.streamviews.chaos;

import io.streamviews.chaos.Ledger.Accepted;
import io.streamviews.chaos.Rest.Answer;
import io.streamviews.consistency.ConsistencyToken;
import io.streamviews.rest.IdempotencyKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Somebody who sends commands, one after the other, to any instance, and changes only what is his own: so he knows which
 * version there must be. What he has no answer for he does not touch again, unless it can be repeated by its key.
 */
final class Client {

    private static final String USERS = "/api/users";
    private static final String POSTS = "/api/posts";
    private static final int FAVOURITES = 20;
    private static final int BULK = 200;
    private static final int DEPARTMENTS = 20;
    private static final int NOT_FOUND = 404;
    private static final int SERVER_ERRORS = 500;
    private static final Duration AVOIDED = Duration.ofSeconds(20);

    private final String name;
    private final Random random;
    private final Rest rest;
    private final Ledger ledger;
    private final Monitor monitor;
    private final Journal journal;
    private final List<Entity> users = new ArrayList<>();
    private final List<Entity> posts = new ArrayList<>();
    private final Deque<Creation> unanswered = new ArrayDeque<>();
    private int marks;
    private int silent = -1;
    private long silentUntil;

    Client(String name, long seed, Rest rest, Ledger ledger, Monitor monitor) {
        this.name = name;
        this.random = new Random(seed);
        this.rest = rest;
        this.ledger = ledger;
        this.monitor = monitor;
        this.journal = monitor.journal();
    }

    /** A command, and now and then a look at what it did. */
    void step() {
        try {
            if (!unanswered.isEmpty() && chance(50)) {
                send(unanswered.remove(), true);
            } else {
                command(random.nextInt(200));
            }
        } catch (RuntimeException broken) {
            journal.violation(Invariant.ACCEPTED_ONCE, "A client does not understand an answer: %s", broken);
        }
    }

    private void command(int dice) {
        if (dice < 80 || users.isEmpty()) {
            send(user(), false);
        } else if (dice < 130) {
            change(users, "user", USERS);
        } else if (dice < 138) {
            delete(users, "user", USERS);
        } else if (dice < 174 || posts.isEmpty()) {
            send(post(any(users)), false);
        } else if (dice < 192) {
            change(posts, "post", POSTS);
        } else if (dice < 199) {
            delete(posts, "post", POSTS);
        } else {
            send(bulk(), false);
        }
    }

    private Creation user() {
        String mark = mark("u");
        Map<String, String> headers = chance(50) ? Map.of(IdempotencyKey.HEADER, mark) : Map.of();
        return new Creation("user", USERS, userBody(mark), headers, List.of(mark));
    }

    private Creation post(Entity author) {
        String mark = mark("p");
        return new Creation("post", POSTS, postBody(mark, author.id), Map.of(), List.of(mark));
    }

    private Creation bulk() {
        List<String> all = IntStream.range(0, BULK).mapToObj(i -> mark("u")).toList();
        String body = all.stream().map(this::userBody).collect(Collectors.joining("\n"));
        Map<String, String> headers = Map.of("Content-Type", "application/x-ndjson", IdempotencyKey.HEADER, all.get(0));
        return new Creation("user", USERS + "/bulk", body, headers, all);
    }

    /** @param again whether it was sent before, and not answered: so it may have been done */
    private void send(Creation creation, boolean again) {
        creation.marks.forEach(ledger::sending);
        Answer answer = command("POST", creation.path, creation.body, creation.headers);
        if (answer.isRefused() && !again) {
            creation.marks.forEach(ledger::refused);
        } else if (answer.isAccepted() && creation.marks.size() == 1) {
            Entity created = new Entity(answer.json().path("id").longValue());
            created.version = 1;
            ledger.accepted(new Accepted(creation.type, created.id, 1, creation.marks.get(0)));
            keep(creation.type.equals("user") ? users : posts, creation.type, created);
        } else if (answer.isAccepted() && answer.body().contains("\"type\":\"Summary\"")) {
            creation.marks.forEach(ledger::accepted);
        } else if (creation.headers.containsKey(IdempotencyKey.HEADER)) {
            unanswered.add(creation);
        }
    }

    private void keep(List<Entity> own, String type, Entity created) {
        if (own.size() < FAVOURITES) {
            monitor.watch(type, created.id);
        }
        own.add(created);
    }

    private void change(List<Entity> own, String type, String path) {
        Entity entity = any(own);
        String mark = mark(type.substring(0, 1));
        ledger.sending(mark);
        String body = type.equals("user") ? userBody(mark) : postBody(mark, 0);
        Answer answer = command("PUT", path + "/" + entity.id, body, Map.of());
        if (answer.isAccepted()) {
            entity.version = answer.json().path("version").longValue();
            ledger.accepted(new Accepted(type, entity.id, entity.version, mark));
            if (type.equals("user") && chance(20)) {
                readWithToken(entity, answer.token());
            }
        } else {
            unchanged(own, entity, type, answer);
            if (answer.isRefused()) {
                ledger.refused(mark);
            }
        }
    }

    private void delete(List<Entity> own, String type, String path) {
        Entity entity = any(own);
        monitor.deleting(type, entity.id);
        Answer answer = command("DELETE", path + "/" + entity.id, null, Map.of());
        if (answer.isAccepted()) {
            own.remove(entity);
            ConsistencyToken.Write deletion = (ConsistencyToken.Write)
                    ConsistencyToken.of(List.of(answer.token())).places().get(0);
            ledger.accepted(new Accepted(type, entity.id, deletion.version(), null));
        } else {
            unchanged(own, entity, type, answer);
        }
    }

    private void unchanged(List<Entity> own, Entity entity, String type, Answer answer) {
        if (answer.status() == NOT_FOUND) {
            journal.violation(
                    Invariant.ACCEPTED_ONCE, "%s %d was accepted and is not there: %s", type, entity.id, answer.body());
        }
        if (!answer.isRefused() || answer.status() == NOT_FOUND) {
            own.remove(entity);
        }
    }

    /** From the other instance, too: what the token names must be there, or the answer be that it is not there yet. */
    private void readWithToken(Entity user, String token) {
        long before = user.version;
        Answer read = ask("GET", POSTS + "/users/" + user.id, null, Map.of(ConsistencyToken.HEADER, token));
        boolean held = read.status() == 200 && read.json().path("version").longValue() >= before;
        if (read.status() == NOT_FOUND || read.status() == 200 && !held) {
            journal.violation(
                    Invariant.NEVER_OLDER,
                    "a read with token %s was answered %d: %s",
                    token,
                    read.status(),
                    read.body());
        }
    }

    /** Goes to the other instance for a while if one does not work, as a load balancer does. */
    private Answer ask(String method, String path, String body, Map<String, String> headers) {
        int instance = random.nextInt(Cluster.NAMES.size());
        if (instance == silent && System.nanoTime() - silentUntil < 0) {
            instance = (instance + 1) % Cluster.NAMES.size();
        }
        Answer answer = rest.send(instance, method, path, body, headers);
        if (answer.status() <= 0 || answer.status() >= SERVER_ERRORS) {
            silent = instance;
            silentUntil = System.nanoTime() + AVOIDED.toNanos();
        }
        return answer;
    }

    private Answer command(String method, String path, String body, Map<String, String> headers) {
        Answer answer = ask(method, path, body, headers);
        ledger.answered(answer);
        return answer;
    }

    private String userBody(String mark) {
        return "{\"name\":\"%s\",\"email\":\"%s@example.com\",\"department\":\"d%d\",\"status\":\"%s\"}"
                .formatted(mark, mark, random.nextInt(DEPARTMENTS), chance(80) ? "ACTIVE" : "INACTIVE");
    }

    private String postBody(String mark, long author) {
        return "{\"title\":\"%s\",\"content\":\"what %s says\",\"authorId\":%d}".formatted(mark, mark, author);
    }

    private String mark(String kind) {
        return "%s%s-%d".formatted(kind, name, ++marks);
    }

    /** Some are changed often. */
    private Entity any(List<Entity> own) {
        int among = chance(50) ? Math.min(FAVOURITES, own.size()) : own.size();
        return own.get(random.nextInt(among));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** What is to be created: one, or a stream of several. */
    private record Creation(String type, String path, String body, Map<String, String> headers, List<String> marks) {}

    private static final class Entity {
        private final long id;
        private long version;

        private Entity(long id) {
            this.id = id;
        }
    }
}
