package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;
import org.unipelt.testkit.TinyBert;

class ImportCommandTest {
    private static final int RANK = 2;

    @TempDir
    private Path home;

    private Path adapter;
    private Path base;

    /** A folder as peft saves it, for a tiny BERT. */
    @BeforeEach
    void peftFolder() throws IOException {
        base = TinyBert.write(home.resolve("tiny-bert"));
        adapter = Files.createDirectories(home.resolve("peft-folder"));
        ObjectNode config = new JsonMapper()
                .createObjectNode()
                .put("peft_type", "LORA")
                .put("task_type", "SEQ_CLS")
                .put("base_model_name_or_path", base.toString())
                .put("r", RANK)
                .put("lora_alpha", 4);
        config.putArray("target_modules").add("query");
        Files.writeString(adapter.resolve("adapter_config.json"), config.toString());
        Map<String, Numbers> tensors = new LinkedHashMap<>();
        for (String layer : List.of("0", "1")) {
            String module = "base_model.model.bert.encoder.layer." + layer + ".attention.self.query";
            add(tensors, module + ".lora_A.weight", RANK, 16);
            add(tensors, module + ".lora_B.weight", 16, RANK);
        }
        add(tensors, "base_model.model.classifier.weight", 2, 16);
        add(tensors, "base_model.model.classifier.bias", 2);
        TensorFile.write(adapter.resolve("adapter_model.safetensors"), tensors, Map.of("format", "pt"));
    }

    private static void add(Map<String, Numbers> tensors, String name, long... shape) {
        tensors.put(name, Numbers.random(name, shape));
    }

    @Test
    void aFolderBecomesAModelThatPredicts() {
        Path out = home.resolve("my-model");
        Shell.Outcome done = Shell.run("import", adapter, "--labels", "no,yes", "--out", out);
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out().lines())
                .contains("library  peft", "base     " + base, "answers  no, yes")
                .contains("reads    single texts of at most 32 tokens")
                .anyMatch(line -> line.startsWith("method   lora(rank=2,alpha=4,on=query"));

        assertThat(Shell.run("predict", out, "a lovely film").out()).containsPattern("^(no|yes)\\b");

        Shell.Outcome again = Shell.run("import", adapter, "--labels", "no,yes", "--out", out);
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.err()).contains(out + ": already holds a tuned model");
    }

    @Test
    void programsGetOneObject() {
        JsonNode said = Shell.run(
                        "import",
                        adapter,
                        "--model",
                        base,
                        "--labels",
                        "no,yes",
                        "--pairs",
                        "--out",
                        home.resolve("m"),
                        "--json")
                .json();
        assertThat(said.path("library").asText()).isEqualTo("peft");
        assertThat(said.path("classes")).hasSize(2);
        assertThat(said.path("pairs").asBoolean()).isTrue();
        assertThat(said.path("max_length").asInt()).isEqualTo(32);
    }

    @Test
    void otherCommandsTakeAFolderWithoutAnImport() throws IOException {
        Path out = home.resolve("my-model");
        Shell.run("import", adapter, "--labels", "no,yes", "--out", out);
        Shell.Outcome direct = Shell.run("predict", adapter, "--labels", "no,yes", "a lovely film");
        assertThat(direct.code()).as(direct.err()).isZero();
        assertThat(direct.out())
                .isEqualTo(Shell.run("predict", out, "a lovely film").out());
        assertThat(direct.err()).contains("read as a folder of peft: lora(rank=2,alpha=4,on=query");

        Path rows = Files.writeString(home.resolve("rows.tsv"), "text\tlabel\na lovely film\tyes\nbad\tno\n");
        String[] scores = {"evaluate", adapter.toString(), "--labels", "no,yes", "--data", rows.toString()};
        assertThat(Shell.run((Object[]) scores).out())
                .isEqualTo(Shell.run("evaluate", out, "--data", rows).out());
    }

    @Test
    void aFolderThatSaysItselfTakesNoLabels() {
        Path out = home.resolve("my-model");
        Shell.run("import", adapter, "--labels", "no,yes", "--out", out);
        Shell.Outcome refused = Shell.run("predict", out, "--labels", "yes,no", "a lovely film");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err())
                .contains("its adapter.json says what its labels are")
                .contains("leave out --labels");
        assertThat(Shell.run("predict", adapter, "a lovely film").err())
                .contains("does not name its 2 classes; name them with --labels");
    }

    @Test
    void aMistakeLeavesNothing() {
        Path out = home.resolve("my-model");
        Shell.Outcome done = Shell.run("import", adapter, "--out", out);
        assertThat(done.code()).isEqualTo(2);
        assertThat(done.err()).contains("does not name its 2 classes; name them with --labels");
        assertThat(out).doesNotExist();
    }
}
