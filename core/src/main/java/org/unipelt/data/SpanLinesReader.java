package org.unipelt.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;

/**
 * Reads JSON Lines with spans: a text, and a list of its labelled parts by code points. A part is an object, as in {@code
 * {"start": 0, "end": 6, "label": "place"}}, also with {@code start_offset} and {@code end_offset}, or an array, as in
 * {@code [0, 6, "place"]}: the forms that doccano, Prodigy and this library write. Blanks at the ends of a part do not count.
 */
final class SpanLinesReader {
    private static final List<String> USUAL = List.of("spans", "label", "labels", "entities");

    private final TextSource source;
    private final ColumnNames names;
    private final BadRows bad;
    private final ObjectReader json = StrictJson.mapper().build().reader();
    private int trimmed;

    private SpanLinesReader(TextSource source, ColumnNames names) {
        this.source = source;
        this.names = names;
        this.bad = new BadRows(source.name());
    }

    /**
     * Reads all rows.
     *
     * @param names the keys of text and spans, if not the usual ones, and whether spans are read
     * @param skip receives the bad rows, which are then left out; if empty, they are an error
     */
    static SpanFile read(TextSource source, ColumnNames names, Optional<Consumer<String>> skip) {
        return new SpanLinesReader(source, names).read(skip);
    }

    private SpanFile read(Optional<Consumer<String>> skip) {
        List<Example> examples = new ArrayList<>();
        for (Optional<TextSource.Line> next = source.next(); next.isPresent(); next = source.next()) {
            TextSource.Line line = next.get();
            if (!line.blank()) {
                try {
                    line.problem().ifPresent(problem -> {
                        throw new InputException(problem);
                    });
                    examples.add(example(line));
                } catch (JsonProcessingException e) {
                    bad.add(line.number(), "is not JSON: " + StrictJson.words(e).replace(" in line 1,", " in"));
                } catch (InputException e) {
                    bad.add(line.number(), e.getMessage());
                }
            }
        }
        if (skip.isEmpty() || examples.isEmpty()) {
            bad.throwIfAny("--skip-bad-rows");
        }
        bad.describe().ifPresent(rows -> skip.orElseThrow().accept("skipped: " + rows));
        if (examples.isEmpty()) {
            throw new InputException(source.name() + ": is empty; give a file with rows");
        }
        return new SpanFile(
                new Dataset(source.name(), examples),
                "JSON Lines, spans by code points"
                        + (trimmed == 0
                                ? ""
                                : ", blanks at the ends of " + trimmed + (trimmed == 1 ? " span" : " spans")
                                        + " left out"));
    }

    private Example example(TextSource.Line line) throws JsonProcessingException {
        JsonNode object = json.readTree(line.text());
        if (!object.isObject()) {
            throw new InputException("is not a JSON object but " + object.getNodeType());
        }
        String key = names.text().orElse("text");
        JsonNode text = object.path(key);
        if (!text.isTextual() || Example.blank(text.asText())) {
            throw new InputException(
                    "has no text under '" + key + "'" + (names.text().isEmpty() ? "; name the key with --text" : ""));
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text.asText())) {
            throw new InputException("its text holds half a surrogate pair");
        }
        Example example = new Example(text.asText(), Optional.empty(), Optional.empty(), line.number());
        return names.labelled() ? example.labelled(spans(object, text.asText())) : example;
    }

    private SpanSet spans(JsonNode object, String text) {
        String key = names.label()
                .orElseGet(() -> USUAL.stream().filter(object::has).findFirst().orElse(USUAL.get(0)));
        JsonNode list = object.path(key);
        if (!list.isArray()) {
            throw new InputException("has no list of spans under '" + key
                    + "'; give [] for a text without names, or name the key with --label");
        }
        List<Span> spans = new ArrayList<>();
        list.forEach(each -> spans.add(span(each, text)));
        return new SpanSet(spans);
    }

    private Span span(JsonNode each, String text) {
        JsonNode start = each.isArray() ? each.path(0) : first(each, "start", "start_offset");
        JsonNode end = each.isArray() ? each.path(1) : first(each, "end", "end_offset");
        JsonNode label = each.isArray() ? each.path(2) : each.path("label");
        if (!start.isInt() || !end.isInt() || !label.isTextual()) {
            throw new InputException("the span " + each
                    + " has no whole numbers as start and end, or no label; give {\"start\": 0, \"end\": 6, \"label\":"
                    + " \"place\"}");
        }
        Span span = Span.ofCodePoints(text, start.intValue(), end.intValue(), label.asText());
        String part = span.of(text);
        String said = each.path("text").asText(part);
        if (!said.equals(part)) {
            throw new InputException("the span " + each + " is '" + part
                    + "' in the text; offsets count code points from" + " 0, and the end is after the last one");
        }
        int from = span.start();
        int to = span.end();
        while (from < to && Example.blank(text.substring(from, from + 1))) {
            from++;
        }
        while (to > from && Example.blank(text.substring(to - 1, to))) {
            to--;
        }
        if (from == to) {
            throw new InputException("the span " + each + " holds only blanks");
        }
        trimmed += from == span.start() && to == span.end() ? 0 : 1;
        return new Span(from, to, span.label());
    }

    private static JsonNode first(JsonNode object, String one, String other) {
        return Stream.of(one, other)
                .filter(object::has)
                .findFirst()
                .map(object::path)
                .orElseGet(() -> object.path(one));
    }
}
