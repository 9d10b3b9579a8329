package io.streamviews.consistency;

import io.streamviews.postgres.DatabaseConnections;
import io.vertx.core.Vertx;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.pgclient.PgNotification;
import jakarta.enterprise.context.Dependent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** A connection that listens for notifications until it is closed; one that is lost is replaced. */
@Dependent
class Listening {

    private static final Logger LOG = Logger.getLogger(Listening.class);
    private static final Duration RECONNECT = Duration.ofSeconds(1);

    private final DatabaseConnections connections;
    private final Vertx vertx;
    private String statements;
    private Consumer<PgNotification> heard;
    private Runnable begun;
    private volatile PgConnection connection;
    private volatile boolean stopping;

    Listening(DatabaseConnections connections, Vertx vertx) {
        this.connections = connections;
        this.vertx = vertx;
    }

    /**
     * Begins; to be called once.
     *
     * @param listen the statements that have a connection listen
     * @param onNotification is called with each notification, on an event loop
     * @param onBegin is called whenever a connection listens, since what was said before was not heard
     */
    void begin(String listen, Consumer<PgNotification> onNotification, Runnable onBegin) {
        statements = listen;
        heard = onNotification;
        begun = onBegin;
        open();
    }

    void stop() {
        stopping = true;
        PgConnection open = connection;
        if (open != null) {
            open.closeAndForget();
        }
    }

    private void open() {
        AtomicBoolean ended = new AtomicBoolean();
        connections
                .open()
                .chain(opened -> {
                    opened.getDelegate().notificationHandler(heard::accept);
                    opened.exceptionHandler(failure -> LOG.debug("The views' signals were cut off", failure));
                    opened.closeHandler(() -> again(ended));
                    return opened.query(statements)
                            .execute()
                            .replaceWith(opened)
                            .onFailure()
                            .call(opened::close);
                })
                .subscribe()
                .with(this::listening, failure -> {
                    LOG.debug("The views' signals cannot be heard", failure);
                    again(ended);
                });
    }

    private void listening(PgConnection opened) {
        connection = opened;
        if (stopping) {
            opened.closeAndForget();
        }
        begun.run();
    }

    private void again(AtomicBoolean ended) {
        if (ended.compareAndSet(false, true) && !stopping) {
            vertx.setTimer(RECONNECT.toMillis(), elapsed -> open());
        }
    }
}
