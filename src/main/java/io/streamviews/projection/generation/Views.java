package io.streamviews.projection.generation;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.expression.Expression;
import io.smallrye.common.expression.Expression.Flag;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.streamviews.kafka.PartitionCounts;
import io.streamviews.kafka.Partitions;
import io.streamviews.kafka.TopicsConfig;
import io.streamviews.postgres.CannotStartException;
import io.streamviews.postgres.Sql;
import io.streamviews.projection.ProjectionConfig;
import io.streamviews.source.BaseView;
import io.streamviews.source.WrongDeclarationException;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The view files of this instance, the generations that they make, and the base views that a generation has. What is live
 * is what its own schema declares, whoever has made it of whatever files.
 */
@ApplicationScoped
public class Views {

    /** The schema of the generation that people read. */
    public static final String LIVE = "views";

    private static final int FIRST = 1;

    private static final String OID = "SELECT coalesce(to_regnamespace('views')::oid::bigint, 0)";

    private final Pool pool;
    private final Config config;
    private final int ofOurTopics;
    private final PartitionCounts partitions;
    private final List<String> locations;
    private final AtomicLong asked = new AtomicLong();
    private long answered;
    private volatile Declarations live = Declarations.NONE;
    private volatile boolean isMade;
    private volatile long loaded;
    private final AtomicReference<OwnFiles> own = new AtomicReference<>(new OwnFiles(null, null, null));

    Views(
            Pool pool,
            Config config,
            TopicsConfig topics,
            PartitionCounts partitions,
            @ConfigProperty(name = "streamviews.views.location", defaultValue = "classpath:views")
                    List<String> locations) {
        this.pool = pool;
        this.config = config;
        this.ofOurTopics = topics.partitions();
        this.partitions = partitions;
        this.locations = locations;
    }

    /** The live generation is there before anything reads or writes it. */
    void onStart(
            @Observes @Priority(FIRST) StartupEvent start,
            @ConfigProperty(name = "streamviews.views.enabled") boolean areRead,
            ProjectionConfig projection) {
        if (areRead || projection.enabled()) {
            try {
                all();
            } catch (WrongViewFilesException wrong) {
                throw new CannotStartException(wrong.getMessage());
            }
        }
    }

    /** Every base view of the live generation that is kept. Blocks before the application has started. */
    public List<BaseView> all() {
        if (!isMade) {
            make(LIVE);
            live = declared(LIVE);
            isMade = true;
        }
        return live.views();
    }

    /** Why base views of the live generation are not kept, by their topics: what is declared of them cannot be followed. */
    Map<String, String> wrong() {
        Declarations now = live;
        Map<String, String> wrong = new TreeMap<>();
        now.wrong().forEach((view, why) -> wrong.put(now.topics().getOrDefault(view, view), why));
        return wrong;
    }

    /** Whether people read another generation than was last asked for. */
    Uni<Boolean> hasChanged() {
        return oid(pool).map(oid -> oid != loaded);
    }

    /** Of the live generation's schema: another one after each exchange. */
    Uni<Long> oid() {
        return oid(pool);
    }

    /** Of the live generation's schema; 0 if there is none. */
    static Uni<Long> oid(SqlClient client) {
        return Sql.one(client, OID, row -> row.getLong(0));
    }

    /** Asks again what the live generation declares. */
    public Uni<List<BaseView>> reload() {
        long question = asked.incrementAndGet();
        return oid(pool).flatMap(oid -> SourceCatalogue.of(pool, LIVE, this::topic)
                .invoke(found -> keep(found, oid, question))
                .map(Declarations::views));
    }

    /** Unless a later question has been answered: it may be of the next generation. */
    private synchronized void keep(Declarations found, long oid, long question) {
        if (question > answered) {
            answered = question;
            live = found;
            loaded = oid;
        }
    }

    /** Of the live generation, as the connection's transaction sees it, those of topics all of whose views can be followed. */
    Uni<List<BaseView>> declaredNow(SqlClient connection) {
        return SourceCatalogue.of(connection, LIVE, this::topic).map(Declarations::ofWholeTopics);
    }

    /**
     * The base views of a generation. Blocks.
     *
     * @throws WrongDeclarationException if what is declared of one cannot be followed
     */
    public List<BaseView> in(String schema) {
        return declared(schema).all();
    }

    /**
     * The base views of a generation whose declarations can be followed, as the connection's transaction sees them; of one that
     * migrations have made, none. Blocks.
     */
    public List<BaseView> readable(Connection connection, String schema) throws SQLException {
        return Generations.isMadeOfFiles(connection, schema)
                ? SourceCatalogue.of(connection, schema, this::topic).views()
                : List.of();
    }

    /** The base views of a generation whose declarations can be followed. Blocks. */
    List<BaseView> readable(String schema) {
        return declared(schema).views();
    }

    private Declarations declared(String schema) {
        return SourceCatalogue.of(pool, schema, this::topic).await().indefinitely();
    }

    /** A topic's name may be one of our properties', as in application.properties. */
    private String topic(String declared) {
        return Expression.compile(declared, Flag.LENIENT_SYNTAX, Flag.NO_TRIM)
                .evaluate((context, name) -> config.getOptionalValue(context.getKey(), String.class)
                        .ifPresentOrElse(name::append, () -> {
                            if (!context.hasDefault()) {
                                throw new WrongDeclarationException(
                                        "topic %s: there is no property %s".formatted(declared, context.getKey()));
                            }
                            context.expandDefault(name);
                        }));
    }

    /** Partitions of each topic of ours. */
    public int partitionsEach() {
        return ofOurTopics;
    }

    /** The topics of the live generation. */
    public List<String> topics() {
        return topics(all());
    }

    private static List<String> topics(List<BaseView> views) {
        return views.stream().map(BaseView::topic).distinct().toList();
    }

    /** Every partition that base views are kept from, of the topics that there are. Blocks. */
    public List<TopicPartition> partitions(List<BaseView> keptFrom) {
        return Partitions.all(partitions.of(topics(keptFrom)));
    }

    /**
     * Topics of the live generation, by what must be written in the same transactions: those of one base view, and of base
     * views that a derived view is kept from.
     */
    public Uni<List<List<String>>> groups() {
        return reload().flatMap(found ->
                SourceCatalogue.together(pool, LIVE).map(together -> TopicGroups.of(live.topics(), together)));
    }

    public Optional<BaseView> find(String table) {
        return all().stream().filter(view -> view.table().equals(table)).findFirst();
    }

    /** @throws java.util.NoSuchElementException if the live generation has no base view with this table */
    public BaseView of(String table) {
        return find(table).orElseThrow();
    }

    /**
     * Makes a generation of this instance's files unless it is there. Blocks. Where nothing is live yet, what is declared wrong
     * keeps its own topic's views waiting, and no others.
     *
     * @throws WrongViewFilesException if PostgreSQL refuses a file, or a declaration cannot be followed
     */
    public void make(String schema) {
        ViewFiles files = ViewFiles.in(locations);
        run(connection -> GenerationFiles.takeOver(connection)
                .chain(() -> GenerationFiles.make(connection, schema, files, this::topic)));
    }

    /** Makes a generation of the view files that have made the live one, to compare that with. Blocks. */
    public void makeAsLive(String schema) {
        run(connection -> GenerationFiles.of(connection, LIVE)
                .flatMap(files -> GenerationFiles.makeAside(connection, schema, files.onThisEngine())));
    }

    /**
     * What PostgreSQL makes of this instance's files. Comments and blanks outside of functions do not count.
     *
     * <p>Fails with a {@link WrongViewFilesException} if it refuses one.
     */
    public Uni<String> fingerprint() {
        OwnFiles asked = own.get();
        if (asked.fingerprint != null) {
            return Uni.createFrom().item(asked.fingerprint);
        }
        if (asked.wrong != null) {
            return Uni.createFrom().failure(asked.wrong);
        }
        return Uni.createFrom()
                .item(() -> ViewFiles.in(locations))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                .flatMap(files -> pool.withConnection(
                        connection -> GenerationFiles.ownFingerprint(connection, files, this::topic)))
                .invoke(found -> own.compareAndSet(asked, new OwnFiles(asked.seen, found, null)))
                .onFailure(WrongViewFilesException.class)
                .invoke(refused -> own.compareAndSet(asked, new OwnFiles(asked.seen, null, refused)));
    }

    /**
     * Whether a generation is what PostgreSQL makes of this instance's files. Roles that own things are part of that: where they are
     * other ones than when the live generation was made of the same files, it is made anew to see. Blocks.
     */
    public boolean isOfOwnFiles(SqlClient client, String schema) {
        String there = fingerprint(client, schema).await().indefinitely();
        return there.equals(fingerprint().await().indefinitely()) || there.equals(planned());
    }

    private String planned() {
        ViewFiles files = ViewFiles.in(locations);
        return pool.withConnection(connection -> GenerationFiles.fingerprint(connection, files, this::topic))
                .await()
                .indefinitely();
    }

    /** Whether the files in the folder are other ones than when this was last asked; then all is asked anew of them. Blocks. */
    public boolean haveFilesChanged() {
        ViewFiles now = ViewFiles.in(locations);
        boolean changed = !now.equals(own.get().seen);
        if (changed) {
            own.set(new OwnFiles(now, null, null));
        }
        return changed;
    }

    /** What PostgreSQL has made of the files of a generation. */
    public Uni<String> fingerprint(SqlClient client, String schema) {
        return GenerationFiles.fingerprint(client, schema);
    }

    private void run(Function<SqlConnection, Uni<Void>> work) {
        pool.withConnection(work).await().indefinitely();
    }

    /** What PostgreSQL makes of this instance's files, or why it refuses them; neither until somebody has asked. */
    private record OwnFiles(ViewFiles seen, String fingerprint, Throwable wrong) {}
}
