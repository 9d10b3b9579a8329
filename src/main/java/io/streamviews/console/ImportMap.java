package io.streamviews.console;

import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where browsers find the modules that our scripts import by name. Each library of org.mvnpm brings its part, with its version
 * in the addresses. It has to stand in the page itself, so a digest goes with it.
 */
@Singleton
final class ImportMap {

    private static final String PARTS = "META-INF/importmap.json";
    private static final String IMPORTS = "imports";

    private final String json;

    ImportMap() throws IOException {
        Map<String, Object> imports = new TreeMap<>();
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        for (URL part : Collections.list(loader.getResources(PARTS))) {
            try (InputStream file = part.openStream()) {
                String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
                imports.putAll(new JsonObject(text).getJsonObject(IMPORTS).getMap());
            }
        }
        json = new JsonObject().put(IMPORTS, new JsonObject(imports)).encode();
    }

    String json() {
        return json;
    }

    /** As a Content-Security-Policy names it. */
    String digest() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(json.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
