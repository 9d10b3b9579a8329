package io.streamviews.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Clients that send one request after the other, each on its own connection, as wrk does; with TLS if the address says so, whoever answers. What the requests are and what
 * becomes of the answers is for the measurement to say.
 */
final class Load implements AutoCloseable {

    /** A request and what its answer means. */
    interface Command {
        HttpMethod method();

        String path();

        /** null for none. */
        String body();

        /** Besides its content type. */
        default Map<String, String> headers() {
            return Map.of();
        }

        /** @param body the answer's */
        void answered(int status, Buffer body);
    }

    /** Longer ones count as this: the range is fixed, so that recording never has to enlarge it. */
    private static final long MAX_MICROS = 600_000_000;

    private final Vertx vertx = Vertx.vertx().exceptionHandler(Throwable::printStackTrace);
    private final HttpClient http;
    private final URI address;
    private final int connections;
    private final Histogram latencies = new ConcurrentHistogram(MAX_MICROS, 3);
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private volatile long measureFrom;
    private volatile long end;

    Load(URI address, int connections) {
        this.address = address;
        this.connections = connections;
        this.http = vertx.createHttpClient(
                new HttpClientOptions()
                        .setKeepAlive(true)
                        .setSsl(address.getScheme().equals("https"))
                        .setTrustAll(true),
                new PoolOptions().setHttp1MaxSize(connections));
    }

    /**
     * @param rate answers with a status under 400 in a second
     * @param failed answers with another status, and requests without an answer
     */
    record Result(long rate, double p50Ms, double p99Ms, long failed) {}

    /** Runs to the end of the time, whatever the answers are; the warm-up is not counted. */
    Result run(Duration warmUp, Duration time, Supplier<Command> commands) throws InterruptedException {
        latencies.reset();
        done.set(0);
        failed.set(0);
        measureFrom = System.nanoTime() + warmUp.toNanos();
        end = measureFrom + time.toNanos();
        CountDownLatch clients = new CountDownLatch(connections);
        for (int i = 0; i < connections; i++) {
            next(commands, clients);
        }
        clients.await();
        return new Result(
                Math.round(done.get() / (time.toNanos() / 1e9)),
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3,
                failed.get());
    }

    private void next(Supplier<Command> commands, CountDownLatch clients) {
        long start = System.nanoTime();
        if (start >= end) {
            clients.countDown();
            return;
        }
        Command command = commands.get();
        RequestOptions options = new RequestOptions()
                .setHost(address.getHost())
                .setPort(address.getPort())
                .setMethod(command.method())
                .setURI(command.path())
                .putHeader("Content-Type", "application/json");
        command.headers().forEach(options::putHeader);
        http.request(options)
                .compose(request -> command.body() == null ? request.send() : request.send(command.body()))
                .compose(response -> response.body().map(body -> {
                    command.answered(response.statusCode(), body);
                    return response.statusCode() < 400;
                }))
                .onComplete(answer -> {
                    try {
                        count(start, answer.succeeded() && answer.result());
                    } finally {
                        next(commands, clients);
                    }
                });
    }

    private void count(long start, boolean succeeded) {
        long now = System.nanoTime();
        if (start < measureFrom || now > end) {
            return;
        }
        if (succeeded) {
            done.incrementAndGet();
            latencies.recordValue(Math.min((now - start) / 1_000, MAX_MICROS));
        } else {
            failed.incrementAndGet();
        }
    }

    @Override
    public void close() {
        http.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
