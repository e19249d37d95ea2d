package org.unipelt.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.Repository;

/**
 * What tools/generation_metrics_fixture.py wrote, and the predictions that it speaks of: made of the shared data sets, and of
 * examples/messages, by the same recipe as there.
 */
final class GenerationFixture {
    static final JsonNode JSON = read();

    /** A text and its summary. */
    record Article(String document, String summary) {}

    /** A text and its translation. */
    record Segment(String source, String target) {}

    /** A prediction and its reference. */
    record Pair(String prediction, String reference) {}

    private GenerationFixture() {}

    /** XSum; skips the test, and says so, where it is absent. */
    static List<Article> xsum() throws IOException {
        JsonMapper mapper = new JsonMapper();
        List<Article> articles = new ArrayList<>();
        for (String line : Files.readAllLines(Repository.shared("xsum/pairs.jsonl"))) {
            JsonNode pair = mapper.readTree(line);
            articles.add(new Article(
                    pair.get("document").asText(), pair.get("summary").asText()));
        }
        return articles;
    }

    /** Three messages in a row, with the middle one for a summary. */
    static List<Article> messageArticles() throws IOException {
        List<String> messages = messages();
        return IntStream.range(0, messages.size() - 2)
                .mapToObj(i -> new Article(spaced(messages.subList(i, i + 3)), messages.get(i + 1)))
                .toList();
    }

    /** WMT16's English and Romanian; skips the test, and says so, where it is absent. */
    static List<Segment> wmt16() throws IOException {
        String text = Files.readString(Repository.shared("wmt16-enro/newstest2016.en-ro.tsv"));
        return text.lines()
                .skip(1)
                .map(line -> line.split("\t", -1))
                .map(cells -> new Segment(cells[0], cells[1]))
                .toList();
    }

    /** A message, with the next for a translation. */
    static List<Segment> messageSegments() throws IOException {
        List<String> messages = messages();
        return IntStream.range(0, messages.size() - 1)
                .mapToObj(i -> new Segment(messages.get(i), messages.get(i + 1)))
                .toList();
    }

    private static List<String> messages() throws IOException {
        return Files.readAllLines(Repository.root().resolve("examples/messages/train.tsv")).stream()
                .skip(1)
                .map(line -> line.split("\t", -1)[0])
                .toList();
    }

    static Pair summaryPair(List<Article> articles, int i) {
        String document = articles.get(i).document();
        String summary = articles.get(i).summary();
        List<String> words = words(summary);
        List<String> read = words(document);
        return switch (i % 9) {
            case 0 -> new Pair(spaced(first(read, 25)), summary);
            case 1 ->
                new Pair(String.join(".\n", first(Arrays.asList(document.split("\\. ", -1)), 3)), inLines(words, 8));
            case 2 -> new Pair(spaced(reversed(words)), summary);
            case 3 -> new Pair(spaced(withoutEvery(words, 3)), summary);
            case 4 -> new Pair("", summary);
            case 5 -> new Pair(spaced(swapped(words, 3)).toUpperCase(Locale.ROOT), summary);
            case 6 -> new Pair(articles.get((i + 1) % articles.size()).summary(), summary);
            case 7 -> new Pair(inLines(longer(words), 5), inLines(words, 8));
            default -> new Pair(inLines(first(read, 60), 12), inLines(words, 6));
        };
    }

    static String translation(String kind, Segment segment) {
        List<String> words = words(segment.target());
        return switch (kind) {
            case "dropped" -> spaced(withoutEvery(words, 7));
            case "swapped" -> spaced(swapped(words, 5));
            case "half" -> spaced(first(words, words.size() / 2));
            case "reversed" -> spaced(reversed(words));
            case "source" -> segment.source();
            case "marked" ->
                "&quot;"
                        + segment.target()
                                .replace(", ", " ,")
                                .replace(".", "...")
                                .replace("-", "-\n") + "&amp; \n";
            case "same" -> segment.target();
            case "empty" -> "";
            default -> throw new IllegalArgumentException(kind);
        };
    }

    /** The numbers of a JSON list, from a place on. */
    static double[] numbers(JsonNode list, int from) {
        return IntStream.range(from, list.size())
                .mapToDouble(i -> list.get(i).asDouble())
                .toArray();
    }

    private static List<String> words(String text) {
        return Arrays.asList(text.split(" ", -1));
    }

    private static String spaced(List<String> words) {
        return String.join(" ", words);
    }

    private static String inLines(List<String> words, int size) {
        return IntStream.range(0, (words.size() + size - 1) / size)
                .mapToObj(line -> spaced(words.subList(line * size, Math.min(words.size(), (line + 1) * size))))
                .collect(Collectors.joining("\n"));
    }

    private static List<String> first(List<String> words, int count) {
        return words.subList(0, Math.min(count, words.size()));
    }

    private static List<String> reversed(List<String> words) {
        List<String> reversed = new ArrayList<>(words);
        Collections.reverse(reversed);
        return reversed;
    }

    private static List<String> swapped(List<String> words, int step) {
        List<String> swapped = new ArrayList<>(words);
        for (int i = 0; i < words.size() - 1; i += step) {
            Collections.swap(swapped, i, i + 1);
        }
        return swapped;
    }

    private static List<String> withoutEvery(List<String> words, int nth) {
        return IntStream.range(0, words.size())
                .filter(i -> i % nth != nth - 1)
                .mapToObj(words::get)
                .toList();
    }

    private static List<String> longer(List<String> words) {
        return IntStream.range(0, words.size())
                .mapToObj(i -> words.get(i).codePointCount(0, words.get(i).length()) > 4
                        ? words.get(i) + (i % 2 == 1 ? "ing" : "s")
                        : words.get(i))
                .toList();
    }

    private static JsonNode read() {
        try (InputStream in = GenerationFixture.class.getResourceAsStream("generation-metrics.json")) {
            return new JsonMapper().readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
