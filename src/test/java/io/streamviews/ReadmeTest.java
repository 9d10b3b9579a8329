package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    @Test
    void theGuideToAddingAViewShowsTheViewThatIsThere() throws IOException {
        assertThat(Files.readString(Path.of("README.md")))
                .contains(Files.readString(Path.of("src/main/resources/views/70_email_domains.sql")));
    }
}
