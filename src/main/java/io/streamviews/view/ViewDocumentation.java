package io.streamviews.view;

import io.quarkus.arc.Arc;
import io.quarkus.arc.InstanceHandle;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.media.Schema.SchemaType;

/**
 * Describes the rows of the views that there are now: whenever the document is asked for, from what is known of the
 * catalogue then. Does not wait for it.
 */
@OpenApiFilter(OpenApiFilter.RunStage.RUN)
public class ViewDocumentation implements OASFilter {

    private static final String ROWS = "/api/views/{view}";
    private static final String ROW = "/api/views/{view}/{key}";
    private static final String JSON = "application/json";

    @Override
    public void filterOpenAPI(OpenAPI api) {
        Catalog catalog = catalog();
        PathItem rows = api.getPaths() == null ? null : api.getPaths().getPathItem(ROWS);
        PathItem row = rows == null ? null : api.getPaths().getPathItem(ROW);
        if (catalog == null || row == null) {
            return;
        }
        List<Schema> all = new ArrayList<>();
        for (CatalogView view : catalog.all()) {
            String name = name(view, all.size());
            api.getComponents().addSchema(name, schema(view));
            all.add(OASFactory.createSchema().ref(name));
        }
        Schema any = OASFactory.createSchema().anyOf(all);
        answer(row, any);
        answer(rows, OASFactory.createSchema().type(List.of(SchemaType.ARRAY)).items(any));
    }

    private static Catalog catalog() {
        try (InstanceHandle<ViewCatalog> catalog = Arc.container().instance(ViewCatalog.class)) {
            return catalog.isAvailable() ? catalog.get().known() : null;
        }
    }

    private static void answer(PathItem path, Schema schema) {
        path.getGET()
                .getResponses()
                .getAPIResponse("200")
                .setContent(OASFactory.createContent()
                        .addMediaType(JSON, OASFactory.createMediaType().schema(schema)));
    }

    /** A component's name has letters, digits and few signs. */
    private static String name(CatalogView view, int number) {
        return view.name().matches("[A-Za-z0-9_-]+") ? "Row-" + view.name() : "Row." + number;
    }

    private static Schema schema(CatalogView view) {
        Schema schema = OASFactory.createSchema()
                .type(List.of(SchemaType.OBJECT))
                .title(view.name())
                .description(view.comment());
        view.columns().forEach(column -> schema.addProperty(column.name(), schema(column)));
        return schema;
    }

    private static Schema schema(ViewColumn column) {
        Schema schema = schema(column.form(), column.isNullable()).description(description(column));
        if (column.element() != null) {
            schema.items(schema(column.element(), true));
        }
        return schema;
    }

    private static Schema schema(JsonForm form, boolean isNullable) {
        Schema schema = OASFactory.createSchema().format(form.format());
        if (form.type() == null) {
            return schema;
        }
        SchemaType type = SchemaType.valueOf(form.type().toUpperCase(Locale.ROOT));
        return schema.type(isNullable ? List.of(type, SchemaType.NULL) : List.of(type));
    }

    private static String description(ViewColumn column) {
        return column.comment() == null ? column.type() : column.type() + ". " + column.comment();
    }
}
