package io.streamviews.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperationsTest {

    @ParameterizedTest
    @CsvSource({
        "GET, /api/posts, READER",
        "HEAD, /api/users/1, READER",
        "POST, /api/users, WRITER",
        "DELETE, /api/posts/1, WRITER",
        "GET, /api/admin/rebuilds, OPERATOR",
        "POST, /api/admin/erasures, OPERATOR",
        "POST, /api/admin/projection/pause, OPERATOR",
        "GET, /q/health/ready, ANYONE",
        "HEAD, /q/health, ANYONE",
        "POST, /q/health, OPERATOR",
        "OPTIONS, /q/health/live, OPERATOR",
        "GET, /problems/busy, ANYONE",
        "POST, /problems, OPERATOR",
        "GET, /q/metrics, READER",
        "GET, /q/asyncapi, READER",
        "GET, /q/openapi, READER",
        "GET, /q/dev-ui, OPERATOR",
        "GET, /, ANYONE",
        "HEAD, /, ANYONE",
        "POST, /, OPERATOR",
        "GET, /x/.., OPERATOR",
        "GET, /console/console.js, ANYONE",
        "POST, /console/console.js, OPERATOR",
        "GET, /console/../api/admin/projection, OPERATOR",
        "GET, /_static/lit/index.js, ANYONE",
        "GET, /api/console/snapshots, READER",
        "GET, /apiary, OPERATOR",
        "GET, /q/healthy, OPERATOR",
        "GET, /q/health/group/all, OPERATOR",
        "GET, /api/posts/by-department/R%26D, READER",
        "GET, /api/posts/by-department/100%, READER",
        "GET, /api/posts/by-department/%EA%B0%9C%EB%B0%9C, READER"
    })
    void needARole(String method, String path, Role role) {
        assertThat(Operations.role(method, path)).isEqualTo(role);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/admin;x=1/rebuilds",
                "/api;x/admin/rebuilds",
                "/api/%61dmin/rebuilds",
                "/api/%2561dmin/rebuilds",
                "/api%2Fadmin/rebuilds",
                "/api%5Cadmin/rebuilds",
                "/api/admin%3Bx/rebuilds",
                "/api%3Bx/admin/rebuilds",
                "/api//admin/rebuilds",
                "//api/admin/rebuilds",
                "/api/./admin/rebuilds",
                "/api/posts/../admin/rebuilds",
                "/api/posts/%2e%2e/admin/rebuilds",
                "/api/posts/..;/admin/rebuilds",
                "/q/health/../../api/admin/rebuilds",
                "/api\\admin\\rebuilds"
            })
    void needTheHighestRoleOfAllThatAPathCanMean(String path) {
        assertThat(Operations.role("GET", path)).isEqualTo(Role.OPERATOR);
    }

    @Test
    void thatNobodyCanReadNeedTheHighestRole() {
        assertThat(Operations.role("GET", "/api/posts/%" + "25".repeat(40) + "61"))
                .isEqualTo(Role.OPERATOR);
    }
}
