package io.streamviews;

import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** The tests whose application has settings of its own ({@code @TestProfile}): one after the other, each in its own. */
@Suite
@SelectPackages("io.streamviews")
@IncludeClassNamePatterns(OwnApplicationTests.NAMES)
class OwnApplicationTests {

    static final String NAMES = "io[.]streamviews[.]("
            + "access[.](Access|Audit|Browser|HealthAccess|IdentityProvider|ViewRoles)"
            + "|admin[.]DeadLetterCount"
            + "|consistency[.](Consistency|TokenRefusal)"
            + "|eventlog[.](AsyncApi|Traces)"
            + "|feed[.](ChangedFeed|Feed|FeedLimit|SharedFeed)"
            + "|ops[.](Readiness|SecondPort)"
            + "|postgres[.]StatementWaits"
            + "|relay[.]RelayReadiness"
            + "|verification[.]VerificationSchedule"
            + ")Test";
}
