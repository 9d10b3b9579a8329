package io.streamviews.post;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What the topics of this application are called has one prefix: a setting that no mapping knows ends the start. */
@ConfigMapping(prefix = "streamviews.topics")
interface PostTopicConfig {

    /** Name of the topic of post events. */
    @WithDefault("post-events")
    String postEvents();
}
