package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.Checkpoints;
import org.unipelt.InputException;

/**
 * A folder that cannot be supported at all: its first refusal is of the architecture. Whoever mended its tokenizer or converted
 * its weights first would have worked for nothing.
 */
class FirstRefusalTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bert-bare    | model_type | gpt2      | model_type 'gpt2' in config.json is a decoder without an encoder",
                "bert-bare    | model_type | roformer  | model_type 'roformer' in config.json is not supported; the nearest",
                "bert-bare    | model_type | my-own    | unknown model_type 'my-own' in config.json",
                "bert-bare    | is_decoder | true      | config.json: is_decoder is true; only encoders are supported",
                "bert-bare    | hidden_act | gelu_fast | config.json: hidden_act is 'gelu_fast'; supported: ",
                "bert-bare    | position_embedding_type | alibi | config.json: position_embedding_type is 'alibi'; supported",
                "roberta-bare | is_decoder | true      | config.json: is_decoder is true",
                "bart-bare    | tie_word_embeddings | false | config.json: tie_word_embeddings is false",
            })
    void isOfTheArchitecture(String model, String field, String value, String said) throws IOException {
        ObjectNode config = (ObjectNode) Checkpoints.config(model);
        if (value.matches("true|false")) {
            config.put(field, Boolean.parseBoolean(value));
        } else {
            config.put(field, value);
        }
        Files.writeString(folder.resolve("config.json"), config.toString());
        // Each would be refused, too: a tokenizer in Python, and a file of weights that is none.
        for (String file : List.of("tokenizer_config.json", "pytorch_model.bin")) {
            Files.writeString(folder.resolve(file), "{\"tokenizer_class\": \"BertJapaneseTokenizer\"}");
        }
        assertThatThrownBy(() -> PretrainedModel.open(folder.toString()))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(folder + ": " + said)
                .hasMessageNotContaining("\n");
    }
}
