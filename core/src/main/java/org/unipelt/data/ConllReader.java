package org.unipelt.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.unipelt.InputException;
import org.unipelt.metric.Entity;

/**
 * Reads sentences in CoNLL's form: a word a line with its tag in the last column, and a blank line after each sentence. A
 * sentence's text is its words with one blank between them.
 *
 * <pre>
 *   Anna     B-person
 *   lives    O               ─▶   "Anna lives in New York"   person 0-4, place 14-22
 *   in       O
 *   New      B-place
 *   York     I-place
 * </pre>
 *
 * <p>Blanks or tabs stand between columns; those between the first and the last are not read. Lines that begin with {@code
 * -DOCSTART-} are left out, and so are comments of the form {@code # key = value}.
 */
final class ConllReader {
    private static final String DOCUMENT = "-DOCSTART-";
    private static final Pattern COMMENT = Pattern.compile("#\\s.*");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    /** A row of CoNLL-U has ten columns with tabs between, and begins with its number. */
    private static final Pattern UNIVERSAL = Pattern.compile("\\d+(-\\d+|\\.\\d+)?(\\t[^\\t]*){9}");

    /** A word and its tag. */
    private record Word(int line, String text, Optional<TagScheme.Tag> tag) {}

    private final TextSource source;
    private final boolean tagged;
    private final BadRows bad;
    private final List<List<Word>> sentences = new ArrayList<>();
    private final Set<String> prefixes = new TreeSet<>();
    private int comments;

    private ConllReader(TextSource source, boolean tagged) {
        this.source = source;
        this.tagged = tagged;
        this.bad = new BadRows(source.name());
    }

    /**
     * Reads all sentences.
     *
     * @param tagged whether tags are read; without, the first column is enough
     * @param skip receives the bad rows, which are then left out; if empty, they are an error
     */
    static SpanFile read(TextSource source, boolean tagged, Optional<Consumer<String>> skip) {
        return new ConllReader(source, tagged).read(skip);
    }

    private SpanFile read(Optional<Consumer<String>> skip) {
        List<Word> sentence = new ArrayList<>();
        for (Optional<TextSource.Line> next = source.next(); next.isPresent(); next = source.next()) {
            TextSource.Line line = next.get();
            if (line.blank() || line.text().startsWith(DOCUMENT)) {
                end(sentence);
                sentence = new ArrayList<>();
            } else {
                word(line).ifPresent(sentence::add);
            }
        }
        end(sentence);
        TagScheme scheme = TagScheme.of(
                String.join("", prefixes),
                sentences.stream()
                        .map(words -> words.stream()
                                .map(word -> word.tag().orElse(TagScheme.Tag.NONE))
                                .toList())
                        .toList());
        List<Example> examples = new ArrayList<>();
        sentences.forEach(words -> example(words, scheme).ifPresent(examples::add));
        if (skip.isEmpty() || examples.isEmpty()) {
            bad.throwIfAny("--skip-bad-rows");
        }
        bad.describe().ifPresent(rows -> skip.orElseThrow().accept("skipped: " + rows));
        if (examples.isEmpty()) {
            throw new InputException(source.name() + ": is empty; give a file with a word and its tag a line");
        }
        return new SpanFile(
                new Dataset(source.name(), examples),
                "CoNLL"
                        + (tagged ? ", tags in " + scheme : "")
                        + (comments == 0
                                ? ""
                                : ", " + comments + (comments == 1 ? " comment" : " comments") + " left out"));
    }

    private void end(List<Word> sentence) {
        if (!sentence.isEmpty()) {
            sentences.add(sentence);
        }
    }

    private Optional<Word> word(TextSource.Line line) {
        if (line.problem().isPresent()) {
            bad.add(line.number(), line.problem().get());
            return Optional.empty();
        }
        String text = line.text();
        if (UNIVERSAL.matcher(text).matches()) {
            throw new InputException(source.name() + ":" + line.number() + ": is CoNLL-U, which has no tags of names;"
                    + " give lines with a word first and its tag last");
        }
        String[] cells = text.contains("\t") ? text.strip().split("\t") : BLANKS.split(text.strip());
        String word = cells[0].strip();
        String last = cells[cells.length - 1].strip();
        Optional<TagScheme.Tag> tag = TagScheme.Tag.of(last);
        if (COMMENT.matcher(text).matches() && (text.contains(" = ") || (tagged && tag.isEmpty()))) {
            comments++;
            return Optional.empty();
        }
        if (Example.blank(word) || BLANKS.matcher(word).find()) {
            bad.add(
                    line.number(),
                    "its first column is " + (Example.blank(word) ? "blank" : "'" + word + "'")
                            + " where a word should be");
            return Optional.empty();
        }
        if (!tagged) {
            return Optional.of(new Word(line.number(), word, Optional.empty()));
        }
        if (cells.length < 2) {
            bad.add(line.number(), "has one column, '" + word + "'; give a word and its tag");
            return Optional.empty();
        }
        if (tag.isEmpty()) {
            bad.add(line.number(), "'" + last + "' is no tag; tags are O, or B-, I-, E-, S-, L- or U- with a label");
            return Optional.empty();
        }
        prefixes.add(last.substring(0, 1));
        return Optional.of(new Word(line.number(), word, tag));
    }

    private Optional<Example> example(List<Word> words, TagScheme scheme) {
        StringBuilder text = new StringBuilder();
        int[] starts = new int[words.size()];
        TagScheme.Tag before = TagScheme.Tag.NONE;
        boolean good = true;
        for (int i = 0; i < starts.length; i++) {
            Word word = words.get(i);
            text.append(i == 0 ? "" : " ");
            starts[i] = text.length();
            text.append(word.text());
            if (tagged) {
                TagScheme.Tag tag = word.tag().orElseThrow();
                Optional<String> problem = scheme.problem(before, tag);
                problem.ifPresent(what -> bad.add(word.line(), what));
                good &= problem.isEmpty();
                before = tag;
            }
        }
        if (tagged) {
            Optional<String> open = scheme.problem(before, TagScheme.Tag.NONE);
            open.ifPresent(
                    what -> bad.add(words.get(words.size() - 1).line(), "its sentence ends within a name: " + what));
            good &= open.isEmpty();
        }
        if (!good) {
            return Optional.empty();
        }
        Example example = new Example(
                text.toString(),
                Optional.empty(),
                Optional.empty(),
                words.get(0).line());
        return Optional.of(tagged ? example.labelled(spans(words, starts)) : example);
    }

    private static SpanSet spans(List<Word> words, int[] starts) {
        List<String> tags = words.stream()
                .map(word -> TagScheme.read(word.tag().orElseThrow()))
                .toList();
        return new SpanSet(Entity.ofTags(tags).stream()
                .map(entity -> {
                    int last = entity.end() - 1;
                    return new Span(
                            starts[entity.start()],
                            starts[last] + words.get(last).text().length(),
                            entity.label());
                })
                .toList());
    }
}
