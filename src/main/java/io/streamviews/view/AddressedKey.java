package io.streamviews.view;

import io.streamviews.rest.RefusedException;
import io.vertx.core.net.impl.URIDecoder;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.ArrayList;
import java.util.List;

/** A primary key in a path: its values in the order of its columns, each percent-encoded, with commas in between. */
final class AddressedKey {

    private AddressedKey() {}

    /** @throws RefusedException (400, 404) unless the view has a key of so many columns */
    static Selection of(CatalogView view, String encoded, MultivaluedMap<String, String> parameters) {
        if (!view.hasKey()) {
            throw RefusedException.absent(view.name() + " has no key; look for its rows by their columns");
        }
        String[] values = view.key().size() == 1 ? new String[] {encoded} : encoded.split(",", -1);
        if (values.length != view.key().size()) {
            throw RefusedException.violation(
                    "key",
                    "must have the values of %s, with commas in between".formatted(String.join(", ", view.key())));
        }
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            String value = Filter.storable("key", URIDecoder.decodeURIComponent(values[i], false));
            ViewColumn column = view.column(view.key().get(i)).orElseThrow();
            filters.add(new Filter(column, Filter.Operator.EQ, List.of(value)));
        }
        return new Selection(view, Selection.shown(view, parameters), filters, List.of());
    }
}
