package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.JsonFile;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;
import org.unipelt.testkit.TinyBert;

class CardCommandTest {
    @TempDir
    private Path home;

    private Path classifier;
    private Path model;

    /** A whole classifier as transformers saves it, and the tuned model that it becomes. */
    @BeforeEach
    void importClassifier() throws IOException {
        classifier = TinyBert.write(home.resolve("classifier"));
        JsonFile.change(classifier.resolve(TinyBert.CONFIG), config -> {
            config.putArray("architectures").add("BertForSequenceClassification");
            config.putObject("id2label").put("0", "no: \"x\"").put("1", "yes");
        });
        TensorFile.change(classifier.resolve(TinyBert.WEIGHTS), tensors -> {
            tensors.put("classifier.weight", Numbers.random("classifier.weight", 2, 16));
            tensors.put("classifier.bias", Numbers.random("classifier.bias", 2));
        });
        model = home.resolve("my-model");
        Shell.Outcome done = Shell.run("import", classifier, "--out", model);
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out().lines())
                .contains("library  transformers", "base     " + classifier, "method   head")
                .contains("answers  no: \"x\", yes");
    }

    @Test
    void aCardIsYamlAndMarkdown() throws IOException {
        Path file = home.resolve("README.md");
        Shell.Outcome done = Shell.run("card", model, "--out", file);
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out()).isEqualTo("The model card is in " + file + ".\n");
        String text = Files.readString(file);
        assertThat(Shell.run("card", model).out()).isEqualTo(text);
        assertThat(Shell.run("card", model, "--json").json().path("card").asText())
                .isEqualTo(text);
        assertThat(text).contains("| 0 | no: \"x\" |").doesNotContain(home.toString());
        JsonNode yaml = new ObjectMapper(new YAMLFactory()).readTree(text.split("---\n")[1]);
        assertThat(yaml.path("library_name").asText()).isEqualTo("unipelt");
        assertThat(yaml.path("tags").toString()).isEqualTo("[\"unipelt\",\"head\"]");

        Shell.Outcome again = Shell.run("card", model, "--out", file);
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.err()).contains(file + " exists already; choose another file");
    }

    @Test
    void anImportedClassifierIsExportedAsItWas() throws IOException {
        Path out = home.resolve("again");
        Shell.Outcome done = Shell.run("export", model, "--format", "merged", "--out", out);
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(Files.readString(out.resolve("README.md"))).startsWith("---\nlibrary_name: transformers\n");
        Path second = home.resolve("second");
        assertThat(Shell.run("import", out, "--out", second).code()).isZero();
        assertThat(Shell.run("predict", second, "a lovely film").out())
                .isEqualTo(Shell.run("predict", model, "a lovely film").out());
    }
}
