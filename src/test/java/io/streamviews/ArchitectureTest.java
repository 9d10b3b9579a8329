package io.streamviews;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows between the packages, what a name may not be, and how much may be in one place. */
@AnalyzeClasses(packages = "io.streamviews", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final Path SOURCES = Path.of("src/main/java/io/streamviews");
    private static final Set<String> DOMAIN = Set.of("user", "post");
    private static final Pattern OF_THE_DOMAIN = Pattern.compile("(user|post)(_view|_id|-events|s?\\.enabled)"
            + "|/api/(users|posts|departments)|[Uu]serEvent|[Pp]ostEvent|\\b(authors?|author_id|departments?)\\b");

    @ArchTest
    static final ArchRule nothingGoesRoundInCircles =
            slices().matching("io.streamviews.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule postgresKnowsNobody = mayUse("postgres");

    @ArchTest
    static final ArchRule kafkaKnowsNobody = mayUse("kafka");

    @ArchTest
    static final ArchRule theEventLogKnowsPostgresAndKafka = mayUse("eventlog", "kafka");

    @ArchTest
    static final ArchRule theRelayKnowsTheEventLog = mayUse("relay", "eventlog", "kafka");

    @ArchTest
    static final ArchRule restKnowsTheEventLog = mayUse("rest", "eventlog");

    @ArchTest
    static final ArchRule accessKnowsRest = mayUse("access", "rest");

    @ArchTest
    static final ArchRule whatARecordSaysIsToldWithoutTheEngine = mayUse("source", "eventlog");

    @ArchTest
    static final ArchRule theEngineKnowsKafkaAndPostgres = mayUse("projection", "source", "kafka", "eventlog");

    @ArchTest
    static final ArchRule viewsAreReadWithoutTheEngine = mayUse("view", "rest", "access");

    @ArchTest
    static final ArchRule tokensKnowViewsAndWhatIsCommitted =
            mayUse("consistency", "view", "access", "projection", "source", "eventlog", "kafka", "rest");

    @ArchTest
    static final ArchRule feedsKnowWhatIsCommitted =
            mayUse("feed", "consistency", "view", "projection", "source", "kafka", "rest", "access");

    @ArchTest
    static final ArchRule rebuildsKnowTheEngine =
            mayUse("rebuild", "projection", "source", "kafka", "eventlog", "rest", "access");

    @ArchTest
    static final ArchRule verificationKnowsTheEngine =
            mayUse("verification", "consistency", "projection", "source", "kafka", "rest", "access");

    @ArchTest
    static final ArchRule operatorsResourcesKnowTheEngine =
            mayUse("admin", "projection", "view", "eventlog", "kafka", "rest", "access");

    @ArchTest
    static final ArchRule nothingKnowsTheDomain = noClasses()
            .that()
            .resideOutsideOfPackages("io.streamviews.user..", "io.streamviews.post..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.streamviews.user..", "io.streamviews.post..");

    @ArchTest
    static final ArchRule usersKnowNoPosts = noClasses()
            .that()
            .resideInAPackage("io.streamviews.user..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.streamviews.post..");

    @ArchTest
    static final ArchRule eventsAreWrittenWhereTheRelayIsWoken = noClasses()
            .that()
            .resideInAnyPackage("io.streamviews.user..", "io.streamviews.post..")
            .should()
            .callMethodWhere(target(nameMatching("with.*Transaction")));

    @ArchTest
    static final ArchRule batchesKnowNoDeadLettersTable = noClasses()
            .that()
            .resideInAPackage("io.streamviews.projection")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.streamviews.projection.deadletter..", "io.streamviews.projection.generation..");

    @ArchTest
    static final ArchRule deadLettersKnowNoGeneration = noClasses()
            .that()
            .resideInAPackage("io.streamviews.projection.deadletter..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.streamviews.projection.generation..");

    @ArchTest
    static final ArchRule operationsAreKnownToNobody = noClasses()
            .that()
            .resideOutsideOfPackages("io.streamviews.ops..", "io.streamviews.console..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.streamviews.ops..");

    @ArchTest
    static final ArchRule theConsoleIsKnownToNobody = noClasses()
            .that()
            .resideOutsideOfPackage("io.streamviews.console..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.streamviews.console..");

    @ArchTest
    static final ArchRule developmentServersAreKnownToNobody = noClasses()
            .that()
            .resideOutsideOfPackage("io.streamviews.dev..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.streamviews.dev..", "io.zonky..", "kafka..", "org.apache.kafka.metadata..");

    @ArchTest
    static final ArchRule namesSayTheRole =
            noClasses().should().haveNameMatching(".*(Impl|Manager|Helper|Utils?|Dto|Service)");

    /** Components of a record are no dependencies. */
    @ArchTest
    static final ArchRule constructorsAskForFiveThingsAtMost = constructors()
            .that()
            .areDeclaredInClassesThat(not(assignableTo(Record.class)))
            .should()
            .haveRawParameterTypes(describe("five at most", types -> types.size() <= 5));

    @Test
    void noFileIsLongerThanThreeHundredLines() throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of("src"))) {
            assertThat(sources.filter(file -> file.toString().matches(".*[.](java|sql|js|css|html)"))
                            .filter(file -> read(file).lines().count() > 300))
                    .isEmpty();
        }
    }

    /** Byte code does not tell: a constant of another class is a text in it. */
    @Test
    void nothingNamesWhatTheDomainHas() throws IOException {
        try (Stream<Path> sources = Files.walk(SOURCES)) {
            assertThat(sources.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> !DOMAIN.contains(
                                    SOURCES.relativize(file).getName(0).toString()))
                            .filter(file -> OF_THE_DOMAIN.matcher(read(file)).find()))
                    .isEmpty();
        }
    }

    /** Others say what they need of the positions by {@code PositionSql}; an erasure knows a generation by its tables' names. */
    @Test
    void theSqlOnPositionsIsInTheirOwnClasses() throws IOException {
        try (Stream<Path> sources = Files.walk(SOURCES)) {
            assertThat(sources.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> read(file).contains("projection_position"))
                            .map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "Positions.java", "PositionSql.java", "GenerationPositions.java", "RowErasure.java");
        }
    }

    /** Else they would be started in the midst of those that share one. */
    @Test
    void testsWithAnApplicationOfTheirOwnAreKnownByTheirNames() throws IOException {
        Path tests = Path.of("src/test/java");
        try (Stream<Path> sources = Files.walk(tests)) {
            Map<Boolean, List<String>> byOwn = sources.filter(
                            file -> file.toString().endsWith("Test.java"))
                    .collect(Collectors.partitioningBy(
                            file -> read(file).contains("\n@TestProfile("),
                            Collectors.mapping(
                                    file -> tests.relativize(file)
                                            .toString()
                                            .replace(".java", "")
                                            .replaceAll("[/\\\\]", "."),
                                    Collectors.toList())));
            assertThat(byOwn.get(true)).isNotEmpty().allMatch(name -> name.matches(OwnApplicationTests.NAMES));
            assertThat(byOwn.get(false)).noneMatch(name -> name.matches(OwnApplicationTests.NAMES));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What else than itself, and the connections to PostgreSQL, a package may use. */
    private static ArchRule mayUse(String name, String... others) {
        String[] allowed = new String[others.length + 2];
        allowed[0] = "io.streamviews." + name + "..";
        allowed[1] = "io.streamviews.postgres..";
        for (int i = 0; i < others.length; i++) {
            allowed[i + 2] = "io.streamviews." + others[i] + "..";
        }
        return classes()
                .that()
                .resideInAPackage(allowed[0])
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed).or(not(resideInAnyPackage("io.streamviews.."))));
    }
}
