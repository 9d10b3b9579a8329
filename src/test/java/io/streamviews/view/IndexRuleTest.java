package io.streamviews.view;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IndexRuleTest {

    private static final CatalogView VIEW = new CatalogView(
            "t",
            CatalogView.Kind.TABLE,
            null,
            List.of(column("id"), column("a"), column("b"), column("c"), column("Code")),
            List.of("id"),
            List.of(
                    index(Set.of("id"), "id"),
                    index(Set.of("Code"), "Code"),
                    index(Set.of(), "a", "b", "id"),
                    index(Set.of(), "c", "-b", "id")),
            null,
            Set.of(),
            Set.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sort=id",
                "sort=-id",
                "id=gt.5",
                "id=gt.5&id=lt.9",
                "sort=Code",
                "Code=gte.x",
                "sort=a,b",
                "sort=-a,-b",
                "a=eq.1&sort=b",
                "a=eq.1&sort=-b",
                "a=eq.1&b=eq.2",
                "b=eq.2&a=is.null&id=gt.4",
                "a=gt.1&sort=a,b",
                "a=in.(1,2)&sort=-a,-b",
                "a=in.(1)&b=eq.2",
                "c=eq.1&sort=b,-id",
                "id=eq.1&c=eq.2&b=gt.3",
                "Code=eq.x&sort=c",
                "sort=id,b,c",
                "a=eq.1&sort=a,b"
            })
    void anIndexServes(String query) {
        assertThat(rule(query.replace("Code=gte.x", "Code=gte.x&sort=Code")).isServed())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sort=b | (b, id)",
                "sort=a,-b | (a, b DESC, id DESC)",
                "sort=c,b | (c, b, id)",
                "a=eq.1 | (a, id)",
                "b=eq.1 | (b, id)",
                "a=gt.1 | (a, id), and sort by a first",
                "a=neq.1 | (a, id), and sort by a first",
                "a=eq.1&b=in.(1,2) | (a, b, id), and sort by b first",
                "a=eq.1&c=eq.1&sort=b | (a, c, b, id)",
                "Code=gt.x | (\"Code\", id), and sort by Code first"
            })
    void noIndexServes(String query, String advice) {
        IndexRule rule = rule(query);
        assertThat(rule.isServed()).isFalse();
        assertThat(rule.advice()).startsWith("CREATE INDEX ON t " + advice);
    }

    private static IndexRule rule(String query) {
        MultivaluedMap<String, String> parameters = new MultivaluedHashMap<>();
        for (String each : query.split("&")) {
            int equals = each.indexOf('=');
            if (equals > 0) {
                parameters.add(each.substring(0, equals), each.substring(equals + 1));
            }
        }
        return new IndexRule(Selection.of(VIEW, parameters));
    }

    private static ViewColumn column(String name) {
        return new ViewColumn(name, "text", "text", JsonForm.STRING, null, !name.equals("id"), true, null);
    }

    private static ViewIndex index(Set<String> unique, String... keys) {
        return new ViewIndex(
                List.of(keys).stream()
                        .map(key -> new ViewIndex.Key(key.replace("-", ""), key.startsWith("-")))
                        .toList(),
                unique);
    }
}
