package io.streamviews.bench;

import io.streamviews.kafka.PrefixedTopics;
import io.streamviews.projection.BareLoop;
import io.streamviews.projection.ViewTables;
import io.streamviews.projection.generation.ApplicationViews;
import io.streamviews.source.BaseView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The bare loop in a JVM of its own, as cold as the application's and told the same. */
final class BareLoopProcess {

    private BareLoopProcess() {}

    /** @return seconds from the first commit to the last */
    static double run(
            BenchServers servers, String schema, PrefixedTopics topics, int threads, int batchRows, List<String> jvm)
            throws IOException, InterruptedException {
        Stream<String> java = Stream.of(ProcessHandle.current().info().command().orElse("java"));
        Stream<String> main = Stream.of(
                "-cp",
                System.getProperty("java.class.path"),
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                BareLoopProcess.class.getName(),
                servers.bootstrapServers(),
                servers.jdbcUrl(),
                schema,
                Integer.toString(topics.partitions()),
                Integer.toString(threads),
                Integer.toString(batchRows));
        Process process = new ProcessBuilder(Stream.of(java, jvm.stream(), main)
                        .flatMap(part -> part)
                        .toList())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("The bare loop has failed: see above");
        }
        // The last line: a library may print, too.
        return Double.parseDouble(out.substring(out.stripTrailing().lastIndexOf('\n') + 1));
    }

    public static void main(String... args) {
        PrefixedTopics topics = new PrefixedTopics("", Integer.parseInt(args[3]));
        BaseView view;
        try (ViewTables tables = new ViewTables(args[1].replace("jdbc:", ""), BenchServers.USER, args[2])) {
            view = ApplicationViews.views(tables.pool, args[2], topics).get(0);
        }
        BareLoop loop = new BareLoop(
                args[0], args[1], BenchServers.USER, args[2], view, topics.partitions(), Integer.parseInt(args[5]));
        System.out.println(loop.run(Integer.parseInt(args[4])));
    }
}
