package io.streamviews.feed;

import io.streamviews.feed.EventStream.GoneException;
import io.streamviews.feed.EventStream.SlowClientException;
import io.streamviews.feed.Snapshots.TooLargeException;
import io.streamviews.rest.RefusedException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jboss.logging.Logger;

/** One client that follows a view, until it goes away, is too slow, or the process stops. */
final class Feed implements Runnable {

    private static final Logger LOG = Logger.getLogger(Feed.class);

    private final String view;
    private final Supplier<Source> sources;
    private final EventStream client;
    private final Consumer<Feed> ended;
    private final Thread thread;

    /** @param ended called once when it is over */
    Feed(String view, Supplier<Source> sources, EventStream client, Consumer<Feed> ended) {
        this.view = view;
        this.sources = sources;
        this.client = client;
        this.ended = ended;
        this.thread = new Thread(this, "changes of " + view);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void stop() {
        thread.interrupt();
    }

    @Override
    public void run() {
        try (Source source = open()) {
            if (source != null) {
                follow(source);
            }
        } finally {
            // the client may have gone while this was closing
            Thread.interrupted();
            ended.accept(this);
        }
    }

    /** Null if the request has been refused. */
    private Source open() {
        try {
            return sources.get();
        } catch (KafkaException e) {
            LOG.debugf(e, "A feed of %s cannot begin", view);
            client.refuse(RefusedException.unavailable("Kafka cannot be reached"));
        } catch (RuntimeException e) {
            client.refuse(e);
        }
        return null;
    }

    private void follow(Source source) {
        try {
            client.open(thread::interrupt);
            source.begin(client);
            while (client.isOpen()) {
                source.next(client);
            }
        } catch (SlowClientException e) {
            LOG.infof("A client that follows %s does not read what it is sent, and is dropped", view);
            client.end("lagging", "{\"reason\":\"nothing was read for too long; resume from the last event's id\"}");
        } catch (GoneException | InterruptedException | InterruptException e) {
            client.end("end", "{\"reason\":\"this process stops; resume from the last event's id\"}");
        } catch (TooLargeException e) {
            client.end("overflow", "{\"reason\":\"%s\"}".formatted(e.getMessage()));
        } catch (RuntimeException e) {
            if (!client.isOpen()) {
                return;
            }
            LOG.warnf("A feed of %s ends, and its client may resume: %s", view, e.toString());
            client.end("failure", "{\"reason\":\"broken off; resume from the last event's id\"}");
        }
    }
}
