package io.streamviews.rest;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.quarkus.runtime.annotations.RegisterForReflection;

/** An entity's state and its version; one flat object in JSON. */
@RegisterForReflection
public record Versioned<T>(@JsonUnwrapped T value, long version) {}
