package io.streamviews.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The plans of the application's own queries, with its own parameters, as PostgreSQL carried them out: its module
 * auto_explain logs them.
 */
final class QueryPlans implements AutoCloseable {

    private static final Pattern PLAN = Pattern.compile("LOG: {2}duration: [^\\n]* plan:\\n((?:\\t[^\\n]*\\n)+)");
    private static final List<String> SETTINGS = List.of("log_analyze = on", "log_timing = off", "log_buffers = on");
    private static final int ATTEMPTS = 100;

    private final BenchServers servers;

    private QueryPlans(BenchServers servers) {
        this.servers = servers;
    }

    static QueryPlans begin(BenchServers servers) throws SQLException {
        for (String setting : SETTINGS) {
            servers.sql("ALTER SYSTEM SET auto_explain." + setting);
        }
        servers.sql("ALTER SYSTEM SET auto_explain.log_min_duration = 0");
        servers.sql("SELECT pg_reload_conf()");
        return new QueryPlans(servers);
    }

    /** What the views were asked for by this request, repeated until the application's sessions write plans. */
    String of(Callable<?> request) throws Exception {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = Files.size(servers.databaseLog());
            request.call();
            String plans = String.join("\n", since(before));
            if (!plans.isEmpty()) {
                return plans;
            }
            LockSupport.parkNanos(50_000_000);
        }
        throw new IllegalStateException("PostgreSQL has logged no plan: see " + servers.databaseLog());
    }

    private List<String> since(long position) throws IOException {
        byte[] log = Files.readAllBytes(servers.databaseLog());
        String written = new String(log, (int) position, log.length - (int) position, StandardCharsets.UTF_8);
        List<String> plans = new ArrayList<>();
        for (Matcher plan = PLAN.matcher(written); plan.find(); ) {
            String text = plan.group(1).replaceAll("(?m)^\\t", "");
            if (text.contains("views.") && !text.contains("projection_") && !text.contains("dead_letter")) {
                plans.add(text);
            }
        }
        return plans;
    }

    @Override
    public void close() throws SQLException {
        servers.sql("ALTER SYSTEM RESET auto_explain.log_min_duration");
        servers.sql("SELECT pg_reload_conf()");
    }
}
