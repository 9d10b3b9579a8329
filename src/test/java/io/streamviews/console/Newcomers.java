package io.streamviews.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.PackagedProcess;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Users whom somebody creates elsewhere, with names in several scripts, some of them long. */
record Newcomers(PackagedProcess application) {

    void create(String name, String department) {
        assertThat(application
                        .send(
                                "POST",
                                "/api/users",
                                "{\"name\":\"%s\",\"email\":\"u@example.com\",\"department\":\"%s\"}"
                                        .formatted(name, department))
                        .statusCode())
                .isEqualTo(201);
    }

    void load(int users) {
        List<String> names = List.of("홍길동", "Ada Lovelace", "ليلى حداد", "נועה כהן", "n".repeat(120));
        List<String> departments = List.of("개발팀", "개발팀", "개발팀", "디자인팀", "Engineering", "Engineering", "הנדסה");
        String lines = IntStream.range(0, users)
                .mapToObj(i -> "{\"name\":\"%s %d\",\"email\":\"u%d@example.com\",\"department\":\"%s\"}"
                        .formatted(names.get(i % names.size()), i, i, departments.get(i % departments.size())))
                .collect(Collectors.joining("\n"));
        assertThat(application
                        .send("POST", "/api/users/bulk", lines, Map.of("Content-Type", "application/x-ndjson"))
                        .statusCode())
                .isEqualTo(200);
    }
}
