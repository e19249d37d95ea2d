package org.unipelt.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;

/**
 * Reads JSON Lines: one object a line. The columns are all keys in the order of their first occurrence. Texts, numbers
 * and booleans are cells, and so are arrays under some keys; any other value counts as missing.
 */
final class JsonLinesReader implements RowReader {
    /** A file with more keys than this uses them as data, not as columns. */
    private static final int MOST_COLUMNS = 1000;

    // Numbers keep their digits as written, so that a label 0.10 does not become 0.1.
    private final ObjectReader json = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build()
            .reader();
    private final TextSource source;
    private final Predicate<String> lists;
    private final Map<String, Integer> columns = new LinkedHashMap<>();

    /**
     * Reads a source.
     *
     * @param known the columns that an earlier reading found
     * @param lists whether an array under a key is a cell: its JSON
     */
    JsonLinesReader(TextSource source, List<String> known, Predicate<String> lists) {
        this.source = source;
        this.lists = lists;
        known.forEach(column -> columns.put(column, columns.size()));
    }

    @Override
    public List<String> columns() {
        return List.copyOf(columns.keySet());
    }

    /** Returns the next row, with a cell for every column that is known so far. */
    @Override
    public Optional<RawRow> next() {
        Optional<TextSource.Line> next = source.next();
        while (next.isPresent() && next.get().blank()) {
            next = source.next();
        }
        return next.map(this::row);
    }

    @Override
    public boolean grows() {
        return true;
    }

    @Override
    public void close() {
        source.close();
    }

    private RawRow row(TextSource.Line line) {
        if (line.problem().isPresent()) {
            return bad(line, line.problem().get());
        }
        refuseArray(line);
        try {
            JsonNode object = json.readTree(line.text());
            return object.isObject()
                    ? new RawRow(line.number(), Optional.empty(), cells(object))
                    : bad(line, "is not a JSON object but " + object.getNodeType());
        } catch (JsonProcessingException e) {
            return bad(line, "is not JSON: " + StrictJson.words(e).replace(" in line 1,", " in"));
        }
    }

    private static RawRow bad(TextSource.Line line, String problem) {
        return new RawRow(line.number(), Optional.of(problem), List.of());
    }

    private List<String> cells(JsonNode object) {
        List<String> cells = new ArrayList<>(Collections.nCopies(columns.size(), null));
        object.properties().forEach(property -> {
            int index = columns.computeIfAbsent(property.getKey(), key -> columns.size());
            if (cells.size() <= index) {
                cells.add(null);
            }
            JsonNode value = property.getValue();
            cells.set(index, cell(property.getKey(), value));
        });
        if (columns.size() > MOST_COLUMNS) {
            throw new InputException(source.name() + ": has more than " + MOST_COLUMNS
                    + " different keys; give one object a line with the same few keys");
        }
        return cells;
    }

    private @Nullable String cell(String key, JsonNode value) {
        if (value.isArray() && lists.test(key)) {
            return value.toString();
        }
        return value.isValueNode() && !value.isNull() ? value.asText() : null;
    }

    private void refuseArray(TextSource.Line line) {
        if (line.number() == 1 && line.text().stripLeading().startsWith("[")) {
            throw new InputException(source.name()
                    + ": is one JSON array; write JSON Lines instead, one object a line without brackets");
        }
    }
}
