package io.streamviews.rest;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What a page of a list may take. */
@ConfigMapping(prefix = "streamviews.page")
public interface PageConfig {

    /** Most bytes of the texts in a page; one entry is given however large it is. */
    @WithDefault("1M")
    MemorySize maxBytes();
}
