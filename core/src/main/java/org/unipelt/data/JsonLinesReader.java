package org.unipelt.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * Reads JSON Lines: an object a line. The columns are all keys in the order in which they first occur; texts, numbers and
 * booleans are cells, and anything else counts as absent.
 */
final class JsonLinesReader {
    /** More keys than this are data, not columns. */
    private static final int MOST_COLUMNS = 1000;

    private JsonLinesReader() {}

    static Table read(TextSource source) {
        // Numbers keep the digits they were written with: a label 0.10 is not to become 0.1.
        ObjectReader json = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build()
                .reader();
        BadRows bad = new BadRows(source.name());
        List<Integer> blank = new ArrayList<>();
        Map<String, Integer> columns = new LinkedHashMap<>();
        List<Table.Row> rows = new ArrayList<>();
        for (Optional<TextSource.Line> next = source.next(); next.isPresent(); next = source.next()) {
            TextSource.Line line = next.get();
            if (line.blank()) {
                blank.add(line.number());
                continue;
            }
            blank.forEach(number -> bad.add(number, "is blank"));
            blank.clear();
            if (line.problem().isPresent()) {
                bad.add(line.number(), line.problem().get());
                continue;
            }
            refuseArray(source, line);
            try {
                JsonNode object = json.readTree(line.text());
                if (object.isObject()) {
                    rows.add(new Table.Row(line.number(), cells(source, object, columns)));
                } else {
                    bad.add(line.number(), "is not a JSON object but " + object.getNodeType());
                }
            } catch (JsonProcessingException e) {
                bad.add(line.number(), "is not JSON: " + said(e));
            }
        }
        List<Table.Row> filled = rows.stream()
                .map(row -> row.cells().size() == columns.size()
                        ? row
                        : new Table.Row(row.line(), Arrays.asList(row.cells().toArray(new String[columns.size()]))))
                .toList();
        return new Table(source.name(), List.copyOf(columns.keySet()), filled, bad);
    }

    private static List<String> cells(TextSource source, JsonNode object, Map<String, Integer> columns) {
        List<String> cells = new ArrayList<>();
        object.properties().forEach(property -> {
            int index = columns.computeIfAbsent(property.getKey(), key -> columns.size());
            while (cells.size() <= index) {
                cells.add(null);
            }
            JsonNode value = property.getValue();
            cells.set(index, value.isValueNode() && !value.isNull() ? value.asText() : null);
        });
        if (columns.size() > MOST_COLUMNS) {
            throw new InputException(source.name() + ": has more than " + MOST_COLUMNS
                    + " different keys; give one object a line with the same few keys");
        }
        return cells;
    }

    private static void refuseArray(TextSource source, TextSource.Line line) {
        if (line.number() == 1 && line.text().stripLeading().startsWith("[")) {
            throw new InputException(source.name()
                    + ": is one JSON array; write JSON Lines instead, one object a line without brackets");
        }
    }

    private static String said(JsonProcessingException e) {
        String place = e.getLocation() == null
                ? ""
                : ", near character " + e.getLocation().getColumnNr();
        return InputException.parserWords(e.getOriginalMessage()) + place;
    }
}
