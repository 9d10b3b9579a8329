package io.streamviews;

import org.junit.platform.suite.api.ExcludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeTags;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** The tests of the application as it is by default: one after the other, in one that is started once. */
@Suite
@SelectPackages("io.streamviews")
@IncludeClassNamePatterns(".*Test")
@ExcludeClassNamePatterns(OwnApplicationTests.NAMES)
@IncludeTags("io.quarkus.test.junit.QuarkusTest")
class SharedApplicationTests {}
