package io.streamviews.post;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** What a post shows of its author. */
@RegisterForReflection
public record Author(long id, String name, String email, String department, String status) {}
