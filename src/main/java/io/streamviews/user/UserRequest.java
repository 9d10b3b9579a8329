package io.streamviews.user;

import io.streamviews.rest.Text;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a client may say of a user. Whatever else a representation carries (id, time stamps, version) is ignored, so that
 * it can be sent back as it came. An absent status is {@code ACTIVE}.
 */
@Schema(name = "User")
public record UserRequest(
        @NotNull @Text(max = 255) @Schema(examples = "홍길동", maxLength = 255) String name,
        @NotNull @Text(max = 255) @Email @Schema(examples = "hong@example.com", maxLength = 255) String email,
        @Text(max = 255, blankAllowed = true) @Schema(examples = "개발팀", maxLength = 255) String department,
        @Pattern(regexp = "ACTIVE|INACTIVE", message = "must be ACTIVE or INACTIVE")
                @Schema(implementation = UserStatus.class, defaultValue = "ACTIVE")
                String status) {

    UserStatus statusOrDefault() {
        return status == null ? UserStatus.ACTIVE : UserStatus.valueOf(status);
    }

    String departmentOrNull() {
        return department == null || department.isBlank() ? null : department;
    }
}
