package io.streamviews.view;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.smallrye.openapi.runtime.OpenApiConstants;
import io.quarkus.smallrye.openapi.runtime.OpenApiDocumentService;
import io.smallrye.openapi.runtime.io.Format;
import io.vertx.core.Vertx;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The API's description, written anew, and on a thread that may take its time, when it is asked for and the views are others
 * than it says; who asks then gets the former one. Quarkus would write it for each request, on the request's event loop.
 */
@Singleton
@Alternative
@Priority(1)
class CurrentDocument extends OpenApiDocumentService {

    private final ViewCatalog catalog;
    private final Vertx vertx;
    private final Map<String, Document> documents = new ConcurrentHashMap<>();
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    CurrentDocument(ViewCatalog catalog, Vertx vertx) {
        this.catalog = catalog;
        this.vertx = vertx;
    }

    /** So that no request is the first. */
    void onStart(@Observes StartupEvent start) {
        for (Format format : Format.values()) {
            vertx.executeBlocking(() -> getDocument(OpenApiConstants.DEFAULT_DOCUMENT_NAME, format));
        }
    }

    private record Document(byte[] text, List<CatalogView> views) {}

    @Override
    public byte[] getDocument(String name, Format format) {
        String which = name + " " + format;
        Document known = documents.get(which);
        if (known == null) {
            return write(which, name, format);
        }
        if (!known.views().equals(views()) && underWay.add(which)) {
            vertx.executeBlocking(() -> write(which, name, format)).onComplete(written -> underWay.remove(which));
        }
        return known.text();
    }

    private synchronized byte[] write(String which, String name, Format format) {
        List<CatalogView> views = views();
        byte[] text = super.getDocument(name, format);
        if (text != null) {
            documents.put(which, new Document(text, views));
        }
        return text;
    }

    private List<CatalogView> views() {
        Catalog known = catalog.known();
        return known == null ? List.of() : known.all();
    }
}
