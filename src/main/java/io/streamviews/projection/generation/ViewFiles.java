package io.streamviews.projection.generation;

import io.quarkus.runtime.util.ClassPathUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files that make a generation: the engine's own, and those of the views in the order of their names.
 *
 * @param files each with its name, the engine's first
 */
public record ViewFiles(List<ViewFile> files) {

    private static final String CLASS_PATH = "classpath:";
    private static final String ENGINE = "engine";
    private static final String SUFFIX = ".sql";
    private static final List<String> ENGINE_FILES = Stream.of(
                    "1_projection",
                    "2_sources",
                    "3_kept_parse_trees",
                    "4_kept_rules",
                    "5_kept_refusals",
                    "5_kept_stability",
                    "6_kept_plan",
                    "7_kept_statements",
                    "8_keep",
                    "9_suspension")
            .map(name -> ENGINE + "/" + name + SUFFIX)
            .toList();
    private static final String SOURCES = "engine/2_sources.sql";
    private static final String TAKEOVER = "takeover";

    /**
     * A file.
     *
     * @param name unique
     */
    public record ViewFile(String name, String text) {}

    /**
     * Reads the files. Blocks.
     *
     * @param locations folders; those that begin with {@code classpath:} are in the application
     * @throws WrongViewFilesException if a folder or a file cannot be read, or two files have one name
     */
    public static ViewFiles in(List<String> locations) {
        List<ViewFile> views = new ArrayList<>();
        for (String location : locations) {
            if (location.startsWith(CLASS_PATH)) {
                views.addAll(inClassPath(location.substring(CLASS_PATH.length())));
            } else {
                views.addAll(inFolder(Path.of(location)));
            }
        }
        sorted(views);
        for (int i = 1; i < views.size(); i++) {
            if (views.get(i).name().equals(views.get(i - 1).name())) {
                throw new WrongViewFilesException("Two view files are called %s, in %s"
                        .formatted(views.get(i).name(), String.join(", ", locations)));
            }
        }
        return new ViewFiles(Stream.concat(engine().stream(), views.stream()).toList());
    }

    /** The engine's own files. By their names: what a former build has left in its folder is none. */
    static List<ViewFile> engine() {
        return engine(ENGINE).stream()
                .filter(file -> ENGINE_FILES.contains(file.name()))
                .toList();
    }

    /**
     * The same views on this release's engine. What this process does to a generation that it makes goes by what its own engine
     * has; the one that has made the live generation may be a former release's.
     */
    ViewFiles onThisEngine() {
        return new ViewFiles(Stream.concat(engine().stream(), files.stream().filter(file -> !file.name()
                        .startsWith(ENGINE + "/")))
                .toList());
    }

    private static List<ViewFile> engine(String folder) {
        return sorted(inClassPath(folder)).stream()
                .map(file -> new ViewFile(ENGINE + "/" + file.name(), file.text()))
                .toList();
    }

    /**
     * The files that make what the last migration of views made: those of the release that had files for the first time, as
     * they were. Never to be changed.
     */
    static ViewFiles ofMigrations() {
        List<ViewFile> views = sorted(inClassPath(TAKEOVER + "/files"));
        return new ViewFiles(Stream.concat(engine(TAKEOVER + "/files/engine").stream(), views.stream())
                .toList());
    }

    /** What is run in a generation that migrations have made, to make it one of {@link #ofMigrations}. */
    static List<ViewFile> takeover() {
        List<ViewFile> files = new ArrayList<>(ofMigrations().files());
        files.removeIf(file -> !file.name().equals(SOURCES));
        files.addAll(inClassPath(TAKEOVER));
        return files;
    }

    private static List<ViewFile> sorted(List<ViewFile> files) {
        files.sort((one, other) -> one.name().compareTo(other.name()));
        return files;
    }

    private static List<ViewFile> inClassPath(String folder) {
        List<ViewFile> found = new ArrayList<>();
        try {
            ClassPathUtils.consumeAsPaths(folder, path -> found.addAll(inFolder(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static List<ViewFile> inFolder(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(
                    files.filter(file -> file.getFileName().toString().endsWith(SUFFIX)
                                    && !file.getFileName().toString().startsWith("."))
                            .map(file -> new ViewFile(file.getFileName().toString(), text(file)))
                            .toList());
        } catch (NoSuchFileException e) {
            throw new WrongViewFilesException(
                    "There is no folder %s; streamviews.views.location names it".formatted(folder));
        } catch (IOException e) {
            throw new WrongViewFilesException("Folder %s cannot be read: %s".formatted(folder, e));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new WrongViewFilesException("%s cannot be read as UTF-8: %s".formatted(file, e.getMessage()));
        }
    }
}
