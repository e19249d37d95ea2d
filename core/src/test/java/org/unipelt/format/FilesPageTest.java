package org.unipelt.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.unipelt.run.RunFile;
import org.unipelt.testkit.ReferencePage;

/** The reference of the library's files: their versions, their keys, and what the absence of a later key means. */
@Tag("reference")
class FilesPageTest {
    private static final ReferencePage PAGE = ReferencePage.of("files.md");
    private static final JsonMapper MAPPER =
            JsonMapper.builder().addModule(new Jdk8Module()).build();

    /**
     * A kind of file.
     *
     * @param owner the class with its versions
     * @param record the newest version
     */
    private record Stored(String file, String what, String owner, String record) {
        Class<?> type() {
            return named(record);
        }

        String row() {
            List<String> versions = ReferencePage.versions(named(owner));
            assertThat(versions).as("versions of " + owner).isNotEmpty();
            String newest = versions.get(versions.size() - 1);
            List<String> earlier = new ArrayList<>();
            // The first version of this file had no key for its format.
            if (type() == RunFile.class) {
                earlier.add("no `format`");
            }
            versions.subList(0, versions.size() - 1).forEach(version -> earlier.add("`" + version + "`"));
            return ReferencePage.row(List.of(
                    "`" + file + "`",
                    what,
                    "`" + newest + "`",
                    String.join(", ", earlier),
                    "`" + String.join("`, `", keys(type())) + "`"));
        }
    }

    private static final List<Stored> FILES = List.of(
            new Stored(
                    "adapter.json",
                    "a tuned model, except its tensors",
                    "tuned.AdapterFile",
                    "tuned.AdapterFile$Version2"),
            new Stored("run.json", "an unfinished training", "run.RunFile", "run.RunFile"),
            new Stored("run.json", "an unfinished training of several tasks", "run.JointRunFile", "run.JointRunFile"),
            new Stored("folds.json", "an unfinished cross-validation", "run.FoldsFile", "run.FoldsFile"));

    @Test
    void thePageHasEveryVersion() throws IOException {
        List<String> table =
                new ArrayList<>(ReferencePage.head("file", "what", "written", "also read", "keys of the newest"));
        FILES.forEach(file -> table.add(file.row()));
        PAGE.holds("library", table);
    }

    @Test
    void thePageHasEveryAddedKey() throws IOException {
        List<String> table = new ArrayList<>(ReferencePage.head("file", "key", "its absence means"));
        for (Stored file : FILES) {
            // The tasks of a training of several are files of one each.
            if (file.type() != named("run.JointRunFile")) {
                Map<String, String> added = new TreeMap<>();
                walk(MAPPER.constructType(file.type()), "", added);
                assertThat(added).as(file.file()).isNotEmpty();
                added.forEach((key, meaning) ->
                        table.add(ReferencePage.row(List.of("`" + file.file() + "`", "`" + key + "`", meaning))));
            }
        }
        PAGE.holds("added", table);
    }

    private static List<String> keys(Class<?> type) {
        return describe(MAPPER.constructType(type)).findProperties().stream()
                .map(BeanPropertyDefinition::getName)
                .toList();
    }

    private static BeanDescription describe(JavaType type) {
        return MAPPER.getSerializationConfig().introspect(type);
    }

    /** Collects the keys of a record, and of the records in it, that not every version has. */
    private static void walk(JavaType type, String path, Map<String, String> added) {
        if (type.isContainerType() || type.isReferenceType()) {
            walk(type.getContentType(), path, added);
        } else if (type.getRawClass().isRecord() && type.getRawClass().getName().startsWith("org.unipelt.")) {
            BeanDescription description = describe(type);
            Map<String, Object> implied = AddedKeys.implied(description);
            for (BeanPropertyDefinition property : description.findProperties()) {
                String key = path + property.getName();
                if (implied.containsKey(property.getName())) {
                    added.put(key, meaning(implied.get(property.getName())));
                } else if (isInjected(type, property.getName())) {
                    added.put(key, "not known");
                }
                walk(property.getPrimaryType(), key + ".", added);
            }
        }
    }

    private static boolean isInjected(JavaType type, String key) {
        for (var parameter : type.getRawClass().getDeclaredConstructors()[0].getParameters()) {
            if (parameter.getName().equals(key) && parameter.isAnnotationPresent(JacksonInject.class)) {
                return true;
            }
        }
        return false;
    }

    private static String meaning(Object value) {
        String text = JsonFiles.canonical(value);
        return text.equals("null") ? "none" : "`" + text + "`";
    }

    private static Class<?> named(String name) {
        try {
            return Class.forName("org.unipelt." + name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
