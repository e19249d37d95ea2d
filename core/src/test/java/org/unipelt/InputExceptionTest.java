package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputExceptionTest {
    private record Sized(int size) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"size\": 1     | Unexpected end-of-input: expected close marker for Object (begun at line 1, column 1)",
                "{\"size\": [1}   | Unexpected close marker '}': expected ']' (for Array begun at line 1, column 10)",
                "{\"size\": 1} 2  | Trailing token (of type VALUE_NUMBER_INT) found after value (bound as `JsonNode`)",
                "{\"size\": \"a\"} | Cannot deserialize value of type `int` from String \"a\": not a valid `int` value",
                "{\"seize\": 1}   | Unrecognized field \"seize\" (class InputExceptionTest$Sized), not marked as ignorable",
            })
    void aParsersWordsAreWithoutItsOwnNames(String json, String words) {
        JsonMapper parser = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
        JsonProcessingException e = catchThrowableOfType(
                JsonProcessingException.class, () -> parser.treeToValue(parser.readTree(json), Sized.class));
        assertThat(InputException.parserWords(e.getOriginalMessage()))
                .startsWith(words)
                .doesNotContain("REDACTED");
    }
}
