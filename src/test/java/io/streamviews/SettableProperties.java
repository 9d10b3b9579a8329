package io.streamviews;

import static java.util.stream.Collectors.toSet;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What the application can be told, as environment variables. */
final class SettableProperties {

    /** Of Quarkus' and Kafka's, as far as our own settings do not name them. */
    private static final List<String> OTHERS = List.of(
            "quarkus.profile",
            "quarkus.datasource.password",
            "quarkus.http.proxy.proxy-address-forwarding",
            "quarkus.http.proxy.trusted-proxies",
            "quarkus.otel.sdk.disabled",
            "quarkus.otel.exporter.otlp.endpoint");

    private SettableProperties() {}

    static Set<String> variables() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.streamviews");
        return Stream.of(OTHERS.stream(), mapped(classes), injected(classes), said())
                .flatMap(names -> names)
                .map(name -> name.replaceFirst("^%\\w+\\.", "")
                        .replaceAll("[^A-Za-z0-9]", "_")
                        .toUpperCase(Locale.ROOT))
                .collect(toSet());
    }

    private static Stream<String> mapped(JavaClasses classes) {
        return classes.stream()
                .filter(type -> type.isAnnotatedWith(ConfigMapping.class))
                .map(JavaClass::reflect)
                .flatMap(type ->
                        ConfigMappings.getProperties(ConfigMappings.ConfigClass.configClass(type)).keySet().stream());
    }

    private static Stream<String> injected(JavaClasses classes) {
        return classes.stream()
                .flatMap(type -> Stream.concat(
                        type.getFields().stream()
                                .filter(field -> field.isAnnotatedWith(ConfigProperty.class))
                                .map(field -> field.getAnnotationOfType(ConfigProperty.class)),
                        type.getCodeUnits().stream()
                                .flatMap(unit -> unit.getParameters().stream())
                                .filter(parameter -> parameter.isAnnotatedWith(ConfigProperty.class))
                                .map(parameter -> parameter.getAnnotationOfType(ConfigProperty.class))))
                .map(ConfigProperty::name);
    }

    private static Stream<String> said() {
        Properties properties = new Properties();
        try (InputStream file = SettableProperties.class.getResourceAsStream("/application.properties")) {
            properties.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.stringPropertyNames().stream();
    }
}
