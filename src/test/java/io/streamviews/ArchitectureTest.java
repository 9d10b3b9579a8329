package io.streamviews;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the packages, and what a name may not be. */
@AnalyzeClasses(packages = "io.streamviews", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule nothingGoesRoundInCircles =
            slices().matching("io.streamviews.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule postgresKnowsNobody = mayUse("postgres");

    @ArchTest
    static final ArchRule kafkaKnowsNobody = mayUse("kafka");

    @ArchTest
    static final ArchRule theEventLogKnowsPostgresAlone = mayUse("eventlog");

    @ArchTest
    static final ArchRule theRelayKnowsTheEventLog = mayUse("relay", "eventlog", "kafka");

    @ArchTest
    static final ArchRule restKnowsTheEventLog = mayUse("rest", "eventlog");

    @ArchTest
    static final ArchRule accessKnowsRest = mayUse("access", "rest");

    @ArchTest
    static final ArchRule theEngineKnowsKafkaAndPostgres = mayUse("projection", "kafka", "eventlog");

    @ArchTest
    static final ArchRule viewsAreReadWithoutTheEngine = mayUse("view");

    @ArchTest
    static final ArchRule tokensKnowViewsAndWhatIsCommitted =
            mayUse("consistency", "view", "projection", "kafka", "rest", "user", "post");

    @ArchTest
    static final ArchRule feedsKnowWhatIsCommitted =
            mayUse("feed", "consistency", "view", "projection", "kafka", "rest");

    @ArchTest
    static final ArchRule rebuildsKnowTheEngine =
            mayUse("rebuild", "projection", "kafka", "eventlog", "rest", "access");

    @ArchTest
    static final ArchRule verificationKnowsTheEngine =
            mayUse("verification", "consistency", "projection", "kafka", "rest", "access");

    @ArchTest
    static final ArchRule operatorsResourcesKnowTheEngine =
            mayUse("admin", "projection", "view", "eventlog", "kafka", "rest", "access");

    @ArchTest
    static final ArchRule nothingKnowsTheDomain = noClasses()
            .that()
            .resideOutsideOfPackages("io.streamviews.user..", "io.streamviews.post..", "io.streamviews.consistency..")
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
    static final ArchRule operationsAreKnownToNobody = noClasses()
            .that()
            .resideOutsideOfPackage("io.streamviews.ops..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.streamviews.ops..");

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
