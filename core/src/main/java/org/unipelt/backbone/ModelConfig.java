package org.unipelt.backbone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.OptionalInt;
import org.unipelt.InputException;

/** A Hugging Face {@code config.json}, read strictly: what a field may not be is said with the field's name. */
record ModelConfig(JsonNode json) {
    /** A field that must have one of these values; the first is meant where it is left out. */
    String word(String field, String... supported) {
        String found = json.path(field).asText(supported[0]);
        if (!List.of(supported).contains(found)) {
            throw new InputException("config.json: " + field + " is '" + found + "'; supported: '"
                    + String.join("', '", supported) + "'");
        }
        return found;
    }

    int positive(String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() <= 0) {
            throw new InputException("config.json: " + field + " must be a positive whole number, found "
                    + (value.isMissingNode() ? "nothing" : value.toString()));
        }
        return value.asInt();
    }

    /** The id of a token of the vocabulary. */
    int token(String field, int byDefault, int vocabulary) {
        int id = json.path(field).asInt(byDefault);
        if (id < 0 || id >= vocabulary) {
            throw new InputException(
                    "config.json: " + field + " is " + id + ", but the vocabulary ends at " + (vocabulary - 1));
        }
        return id;
    }

    /** The id of a token, or none where the field is null. */
    OptionalInt optionalToken(String field, OptionalInt byDefault, int vocabulary) {
        if (!json.has(field)) {
            return byDefault;
        }
        return json.path(field).isNull() ? OptionalInt.empty() : OptionalInt.of(token(field, 0, vocabulary));
    }

    /** That a hidden size can be divided among heads. */
    void demandMultiple(String sizeField, int size, String headsField, int heads) {
        if (size % heads != 0) {
            throw new InputException(
                    "config.json: " + sizeField + " " + size + " is not a multiple of " + headsField + " " + heads);
        }
    }
}
