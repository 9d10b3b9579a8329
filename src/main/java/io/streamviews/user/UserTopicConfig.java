package io.streamviews.user;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What the topics of this application are called has one prefix: a setting that no mapping knows ends the start. */
@ConfigMapping(prefix = "streamviews.topics")
interface UserTopicConfig {

    /** Name of the topic of user events. */
    @WithDefault("user-events")
    String userEvents();
}
