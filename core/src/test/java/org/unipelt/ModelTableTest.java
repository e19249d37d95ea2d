package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.task.EncoderDecoderTest;
import org.unipelt.testkit.ReferencePage;

/**
 * The reference's table of architectures: what each is comes from its {@link Family}, what is checked of it from the parameters
 * and fixtures of the tests that check it.
 */
class ModelTableTest {
    /** Folders with the pooling that the network gets of each. */
    private static final List<String[]> STATES = parameters(CheckpointParityTest.class, "statesAreThoseOfTransformers");

    private static final List<String> LONG = first(parameters(CheckpointParityTest.class, "manyTokens"));
    private static final List<String> LOGITS =
            first(parameters(CheckpointParityTest.class, "aFilesOwnHeadGivesItsOwnLogits"));
    private static final List<String> GENERATED =
            first(parameters(EncoderDecoderTest.class, "whatIsWrittenIsWhatTransformersWrites"));

    @Test
    @Tag("reference")
    void theReferenceHasTheTable() throws IOException {
        List<String> table = new ArrayList<>(ReferencePage.head(
                "`model_type`", "kind", "pooling", "head", "saved as", "compared with transformers"));
        for (Family family : Families.all()) {
            table.add(row(family));
        }
        ReferencePage.of("models.md").holds("models", table);
    }

    /** So that no architecture stands in the table unchecked, and no fixture lies about unread. */
    @Test
    void everyFolderIsCompared() {
        for (Family family : Families.all()) {
            List<String> folders = Checkpoints.of(family);
            assertThat(states(family)).as("states of " + family.modelType()).isNotEmpty();
            assertThat(Stream.concat(first(STATES).stream(), LONG.stream()))
                    .as("folders of " + family.modelType())
                    .containsAll(folders);
        }
    }

    private static String row(Family family) throws IOException {
        List<String[]> states = states(family);
        Set<String> poolings = new LinkedHashSet<>();
        states.forEach(row -> poolings.add(row[3].toLowerCase(Locale.ROOT)));
        Set<String> classes = new TreeSet<>();
        first(states)
                .forEach(name -> classes.add("`"
                        + Checkpoints.config(name).path("architectures").path(0).asText() + "`"));
        return ReferencePage.row(List.of(
                "`" + family.modelType() + "`",
                family.generates() ? "encoder and decoder" : "encoder",
                String.join(" or ", poolings),
                Words.of(family.head()),
                String.join(", ", classes),
                String.join(", ", compared(family, first(states)))));
    }

    private static Set<String> compared(Family family, List<String> states) throws IOException {
        Set<String> compared = new LinkedHashSet<>();
        compared.add(family.generates() ? "states of both" : "hidden states");
        Set<String> outputs = new TreeSet<>();
        states.forEach(name -> Checkpoints.outputs(name).fieldNames().forEachRemaining(outputs::add));
        if (outputs.contains("pooled")) {
            compared.add("pooler");
        }
        if (outputs.contains("words")) {
            compared.add("logits of words");
        }
        if (states.stream().anyMatch(LOGITS::contains)) {
            compared.add("logits of classes");
        }
        for (String name : Checkpoints.of(family)) {
            if (LONG.contains(name)) {
                compared.add(Checkpoints.outputs(name).at("/ids/shape/1").asInt() + " tokens");
            }
        }
        long folders = tokenizers(family);
        if (folders > 0) {
            compared.add("ids of " + folders + " tokenizers");
        }
        if (GENERATED.contains(family.modelType())) {
            compared.add("generated texts");
        }
        return compared;
    }

    /** The rows of a family's folders. */
    private static List<String[]> states(Family family) {
        List<String> folders = Checkpoints.of(family);
        return STATES.stream().filter(row -> folders.contains(row[0])).toList();
    }

    /** How many folders with tokenizers of a family FolderTokenizerTest compares. */
    private static long tokenizers(Family family) throws IOException {
        Path file = Repository.root().resolve("core/src/test/resources/org/unipelt/text/folder-tokenizer.json");
        JsonNode fixture = new JsonMapper().readTree(file.toFile());
        long count = 0;
        for (JsonNode usual : fixture.get("folders")) {
            JsonNode config = usual.at("/files/config.json");
            count += isOf(family, config) ? 1 : 0;
            for (JsonNode one : fixture.get("cases")) {
                JsonNode own = one.at("/files/config.json");
                for (JsonNode folder : one.get("folders")) {
                    boolean same = folder.equals(usual.get("name"));
                    count += same && isOf(family, own.isMissingNode() ? config : own) ? 1 : 0;
                }
            }
        }
        return count;
    }

    private static boolean isOf(Family family, JsonNode config) {
        return config.path("model_type").asText().equals(family.modelType());
    }

    /** The rows of parameters that stand at a test. */
    private static List<String[]> parameters(Class<?> test, String method) {
        return Arrays.stream(test.getDeclaredMethods())
                .filter(each -> each.getName().equals(method))
                .flatMap(each -> Stream.concat(
                        Stream.of(each.getAnnotationsByType(CsvSource.class)).flatMap(all -> Stream.of(all.value())),
                        Stream.of(each.getAnnotationsByType(ValueSource.class))
                                .flatMap(all -> Stream.of(all.strings()))))
                .map(row -> row.split(" *, *"))
                .collect(Collectors.collectingAndThen(Collectors.toList(), rows -> {
                    assertThat(rows).as(test.getSimpleName() + "." + method).isNotEmpty();
                    return rows;
                }));
    }

    private static List<String> first(List<String[]> rows) {
        return rows.stream().map(row -> row[0]).toList();
    }
}
