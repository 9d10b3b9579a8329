package io.streamviews.rebuild;

import io.streamviews.PackagedProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** What {@code scripts/views.sh} has said of an instance, and how it has ended. */
record ViewsScript(int exitCode, String output) {

    static ViewsScript run(PackagedProcess instance, String... arguments) throws IOException, InterruptedException {
        Process script = new ProcessBuilder(Stream.concat(
                                Stream.of(
                                        "bash",
                                        "scripts/views.sh",
                                        "-s",
                                        instance.uri("").toString()),
                                Stream.of(arguments))
                        .toList())
                .redirectErrorStream(true)
                .start();
        String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new ViewsScript(script.waitFor(), output);
    }
}
