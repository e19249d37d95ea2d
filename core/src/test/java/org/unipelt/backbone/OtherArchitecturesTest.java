package org.unipelt.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;

class OtherArchitecturesTest {
    private static final List<String> SUPPORTED =
            Families.all().stream().map(Family::modelType).toList();

    @Test
    void eachIsListedOnceAndIsNotSupported() {
        assertThat(OtherArchitectures.types()).doesNotHaveDuplicates().doesNotContainAnyElementsOf(SUPPORTED);
        assertThat(OtherArchitectures.types()).allSatisfy(type -> assertThat(OtherArchitectures.about(type, SUPPORTED))
                .as(type)
                .isPresent());
        assertThat(OtherArchitectures.about("unheard-of", SUPPORTED)).isEmpty();
    }

    @Test
    void theFirstNearestThatIsSupportedCounts() {
        String rotary = "not supported; the nearest that is: ";
        assertThat(OtherArchitectures.about("eurobert", List.of("bert", "modernbert")))
                .contains(rotary + "modernbert");
        assertThat(OtherArchitectures.about("eurobert", List.of("bert"))).contains(rotary + "bert");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gpt2 | model_type 'gpt2' in config.json is a decoder without an encoder, which is not supported; encoders and encoder-decoders are; known: bert, ",
                "qwen3 | model_type 'qwen3' in config.json is a decoder without an encoder",
                "whisper | model_type 'whisper' in config.json is not a model of texts alone, which is not supported;",
                "roformer | model_type 'roformer' in config.json is not supported; the nearest that is: bert; known: bert, ",
                "marian | model_type 'marian' in config.json is not supported; the nearest that is: bart; known: bert, ",
                "bret | unknown model_type 'bret' in config.json; known: bert, ",
                "'' | config.json has no model_type; supported: bert, ",
            })
    void aRefusalSaysWhatItIs(String type, String said) {
        assertThatThrownBy(
                        () -> Families.of(JsonNodeFactory.instance.objectNode().put("model_type", type), "a model"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("a model: " + said)
                .hasMessageNotContaining("\n");
    }
}
