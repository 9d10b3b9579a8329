package io.streamviews.access;

import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Who may do what. */
@ConfigMapping(prefix = "streamviews.access")
interface AccessConfig {

    /**
     * Roles of who does not say who they are, separated by commas; {@code none} for no role. Unless it is set: reader and
     * writer as long as nobody can say who they are, none otherwise.
     */
    Optional<List<String>> anonymous();

    /** Tokens of the application's own, by the name of who has each. */
    Map<String, Token> tokens();

    /** Roles, separated by commas, of which a client needs one for a view, too, by the view's name; see {@link ViewRoles}. */
    Map<String, Optional<String>> views();

    /** A token, which a client sends as {@code Authorization: Bearer}. */
    interface Token {

        /** The SHA-256 of the token, 64 hexadecimal digits: whoever reads the settings does not know the token. */
        String sha256();

        Set<String> roles();
    }
}
