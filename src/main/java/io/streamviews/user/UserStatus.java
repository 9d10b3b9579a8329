package io.streamviews.user;

public enum UserStatus {
    ACTIVE,
    INACTIVE
}
