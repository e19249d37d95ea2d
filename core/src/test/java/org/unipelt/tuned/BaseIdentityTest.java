package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.Repository;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Run;
import org.unipelt.run.Tuning;
import org.unipelt.task.Answer;

/** A base model whose weights are the same and whose other files are not is another base model. */
class BaseIdentityTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path temporary;

    private Path model;
    private Path adapter;
    private Path rows;

    @BeforeEach
    void copy() throws IOException {
        model = Files.createDirectory(temporary.resolve("base"));
        adapter = temporary.resolve("adapter");
        Path fixture = Repository.root().resolve("core/src/test/resources/org/unipelt/checkpoints/bert-classifier");
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            Files.copy(fixture.resolve(file), model.resolve(file));
        }
        rows = Files.writeString(
                temporary.resolve("rows.tsv"),
                "text\tlabel\nthe red parcel\tyes\na big box\tno\nthe letter\tyes\nlate\tno\nthe parcel came\tyes\na box\tno\n");
    }

    private void train() {
        try (BaseModel base = BaseModel.open(model.toString())) {
            tuning(base).train(adapter).close();
        }
    }

    private Tuning tuning(BaseModel base) {
        return Tuning.of(base, "bitfit")
                .on(DataSpec.of(rows))
                .with(settings -> settings.epochs(1).batchSize(2).maxLength(12));
    }

    private void change(String file, Consumer<ObjectNode> change) throws IOException {
        Path path = model.resolve(file);
        ObjectNode json = Files.exists(path) ? (ObjectNode) JSON.readTree(path.toFile()) : JSON.createObjectNode();
        change.accept(json);
        Files.createDirectories(path.getParent());
        Files.writeString(path, json.toPrettyString());
    }

    private double predicted() {
        try (BaseModel base = BaseModel.open(model.toString());
                TunedModel tuned = TunedModel.load(adapter, base)) {
            return ((Answer.Label) tuned.predict("the red parcel never came")).probability();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "num_attention_heads | 4 | num_attention_heads in config.json of %s is 4, but it was trained with 2",
                "layer_norm_eps | 1e-3 | layer_norm_eps in config.json of %s is 0.001, but it was trained with 1.0E-12",
            })
    void aChangedFieldIsNamed(String field, double value, String message) throws IOException {
        train();
        change("config.json", config -> {
            if (value == Math.rint(value)) {
                config.put(field, (int) value);
            } else {
                config.put(field, value);
            }
        });
        refused(message);
    }

    @Test
    void aChangedTokenizerIsNamed() throws IOException {
        train();
        change("tokenizer.json", tokenizer -> {
            ObjectNode vocabulary = (ObjectNode) tokenizer.at("/model/vocab");
            int red = vocabulary.get("red").asInt();
            vocabulary.put("red", vocabulary.get("blue").asInt()).put("blue", red);
        });
        refused("the tokenizer of %s is not the one it was trained with");
    }

    @Test
    void aFileBesideTheTokenizerCounts() throws IOException {
        train();
        change("tokenizer_config.json", config -> config.putArray("model_input_names")
                .add("input_ids"));
        refused("the tokenizer of %s is not the one it was trained with");
    }

    @Test
    void whatChangesNoAnswerIsAccepted() throws IOException {
        train();
        double before = predicted();
        change("tokenizer.json", tokenizer -> tokenizer.putObject("truncation").put("max_length", 8));
        change("config.json", config -> config.put("transformers_version", "0").put("hidden_act", "gelu"));
        // The adapter keeps how it pools.
        change("1_Pooling/config.json", config -> config.put("pooling_mode_mean_tokens", true));
        assertThat(predicted()).isEqualTo(before);
    }

    @Test
    void anAdapterOfAnEarlierVersionLoadsAndSaysWhatWasNotChecked() throws IOException {
        train();
        Path card = adapter.resolve("adapter.json");
        assertThat(AdapterCard.read(adapter).unchecked()).isEmpty();
        ObjectNode json = (ObjectNode) JSON.readTree(card.toFile());
        json.remove("contentChecksum");
        ((ObjectNode) json.get("base")).remove("reading");
        Files.writeString(card, json.toPrettyString());
        change("config.json", config -> config.put("num_attention_heads", 4));
        assertThat(AdapterCard.read(adapter).unchecked()).hasValueSatisfying(line -> assertThat(line)
                .contains("its config.json and its tokenizer cannot be checked"));
        assertThat(predicted()).isPositive();
    }

    @Test
    void aRunIsResumedOnTheSameBaseOnly() throws IOException {
        try (BaseModel base = BaseModel.open(model.toString())) {
            assertThat(tuning(base).train(adapter, () -> true)).isEmpty();
        }
        change("1_Pooling/config.json", config -> config.put("pooling_mode_mean_tokens", true));
        resumed("the pooling of " + model + " is mean, but it was trained with pooler");
        Files.delete(model.resolve("1_Pooling/config.json"));
        change("config.json", config -> config.put("num_attention_heads", 4));
        resumed("num_attention_heads in config.json of " + model + " is 4");
    }

    private void resumed(String reason) {
        Run run = Run.reopen(adapter);
        try (BaseModel base = BaseModel.open(run.model())) {
            assertThatThrownBy(() -> run.train(base, run.load(), event -> {}, () -> false))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(reason);
        }
    }

    private void refused(String message) {
        assertThatThrownBy(this::predicted)
                .isInstanceOf(InputException.class)
                .hasMessage(adapter + ": " + String.format(message, model) + "; give the original base model");
    }
}
