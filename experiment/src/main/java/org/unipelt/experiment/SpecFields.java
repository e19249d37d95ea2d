package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.unipelt.InputException;

/** Reads the fields of a YAML file. Collects every mistake with its line and reports all of them at once. */
final class SpecFields {
    private final Path file;
    private final Map<String, YamlNode.Field> fields;
    private final List<Mistake> mistakes = new ArrayList<>();

    private record Mistake(int line, String message) {}

    /**
     * Reads a file.
     *
     * @throws InputException if it is not YAML, or not a list of fields
     */
    SpecFields(Path file) {
        this.file = file;
        this.fields = new LinkedHashMap<>(YamlNode.read(file, "tasks: [cola]").fields());
    }

    /**
     * Replaces the file's fields by those of a scale; merges the entries of the field {@code merged}.
     *
     * @param scales the field that holds the scales; it is removed
     * @param name of the scale; none for the file's own fields
     * @throws InputException if there is no such scale
     */
    void scale(String scales, Optional<String> name, String merged) {
        YamlNode.Field field = fields.remove(scales);
        if (field != null && !(field.value() instanceof YamlNode.Fields)) {
            wrong(field.line(), scales, "write a name and fields, as in 'scales: {laptop: {samples: [100]}}'");
            return;
        }
        if (name.isEmpty()) {
            return;
        }
        Map<String, YamlNode.Field> known = field == null ? Map.of() : ((YamlNode.Fields) field.value()).fields();
        YamlNode.Field scale = known.get(name.get());
        if (scale == null) {
            throw new InputException(file + ": "
                    + InputException.unknown("scale", name.get(), known.keySet())
                            .getMessage());
        }
        if (!(scale.value() instanceof YamlNode.Fields changes)) {
            wrong(scale.line(), scales, name.get() + ": write fields, as in '{samples: [100]}'");
            return;
        }
        changes.fields()
                .forEach((key, change) -> fields.merge(
                        key, change, (old, changed) -> key.equals(merged) ? together(old, changed) : changed));
    }

    private static YamlNode.Field together(YamlNode.Field old, YamlNode.Field changed) {
        if (!(old.value() instanceof YamlNode.Fields before) || !(changed.value() instanceof YamlNode.Fields after)) {
            return changed;
        }
        Map<String, YamlNode.Field> all = new LinkedHashMap<>(before.fields());
        all.putAll(after.fields());
        return new YamlNode.Field(changed.line(), new YamlNode.Fields(after.line(), all));
    }

    SpecLines lines() {
        Map<String, Integer> lines = new HashMap<>();
        fields.forEach((name, field) -> lines.put(name, field.line()));
        return new SpecLines(Optional.of(file), lines);
    }

    boolean has(String name) {
        return fields.containsKey(name);
    }

    /** A field by name, if present. */
    Optional<YamlNode.Field> field(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** The line of a field; 1 if it is absent. */
    int line(String name) {
        return field(name).map(YamlNode.Field::line).orElse(1);
    }

    /** The line of an entry by its name, or of an item by its text, within a field. */
    int line(String name, String piece) {
        YamlNode value = Objects.requireNonNull(fields.get(name)).value();
        if (value instanceof YamlNode.Fields named && named.fields().containsKey(piece)) {
            return named.fields().get(piece).line();
        }
        return items(value).stream()
                .filter(item -> item instanceof YamlNode.Scalar scalar
                        && scalar.text().strip().equals(piece))
                .findFirst()
                .orElse(value)
                .line();
    }

    void refuseOthers(Collection<String> known) {
        fields.forEach((name, field) -> {
            if (!known.contains(name)) {
                note(field.line(), InputException.unknown("field", name, known).getMessage());
            }
        });
    }

    void wrong(int line, String field, String message) {
        note(line, field + ": " + message);
    }

    void missing(String name, String advice) {
        note(1, "there is no '" + name + "'; " + advice);
    }

    private void note(int line, String message) {
        mistakes.add(new Mistake(line, file + ":" + line + ": " + message));
    }

    /** Runs {@code work}, and notes its mistake if it throws one. */
    <T> Optional<T> noting(int line, String field, Supplier<T> work) {
        try {
            return Optional.of(work.get());
        } catch (InputException e) {
            wrong(line, field, e.getMessage());
            return Optional.empty();
        }
    }

    /** The single value of a field, if present and valid. */
    <T> Optional<T> one(String name, Function<String, T> read) {
        return field(name).flatMap(field -> one(name, name, field, read));
    }

    /**
     * The single value of a field or entry.
     *
     * @param path of the field, for a message
     * @param name its last part
     */
    <T> Optional<T> one(String path, String name, YamlNode.Field field, Function<String, T> read) {
        return noting(field.line(), path, () -> {
            if (field.value() instanceof YamlNode.Scalar scalar
                    && !scalar.text().isBlank()) {
                return read.apply(scalar.text().strip());
            }
            throw new InputException("needs one value, as in '" + name + ": value'");
        });
    }

    /** A list, or one value as a list of one; no item twice. */
    <T> List<T> list(String path, YamlNode.Field field, Function<String, T> read) {
        List<YamlNode> nodes = items(field.value());
        if (nodes.isEmpty()) {
            wrong(field.line(), path, "the list is empty; give at least one value");
        }
        List<T> values = new ArrayList<>();
        for (YamlNode node : nodes) {
            if (node instanceof YamlNode.Scalar scalar && !scalar.text().isBlank()) {
                noting(node.line(), path, () -> read.apply(scalar.text().strip()))
                        .ifPresent(value -> {
                            if (values.contains(value)) {
                                wrong(node.line(), path, "'" + scalar.text() + "' is given twice");
                            }
                            values.add(value);
                        });
            } else {
                wrong(node.line(), path, "each item must be one value");
            }
        }
        return values;
    }

    private static List<YamlNode> items(YamlNode value) {
        return value instanceof YamlNode.Items items ? items.items() : List.of(value);
    }

    /** Calls {@code use} for every entry of a field, if present. */
    void each(String name, BiConsumer<String, YamlNode.Field> use) {
        field(name).ifPresent(field -> {
            if (field.value() instanceof YamlNode.Fields named
                    && !named.fields().isEmpty()) {
                named.fields().forEach(use);
            } else {
                wrong(field.line(), name, "write names and values, as in '" + name + ": {name: value}'");
            }
        });
    }

    /**
     * Ends the reading.
     *
     * @throws InputException with all noted mistakes, by line
     */
    void demandRight() {
        List<String> told = mistakes.stream()
                .sorted(Comparator.comparingInt(Mistake::line))
                .map(Mistake::message)
                .toList();
        if (!told.isEmpty()) {
            throw new InputException(
                    told.size() == 1
                            ? told.get(0)
                            : file + ": " + told.size() + " mistakes:\n  " + String.join("\n  ", told));
        }
    }
}
