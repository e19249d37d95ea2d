package org.unipelt.data;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;

/** Reads texts without labels, one a line: what predicting takes from standard input or from a plain file. */
public final class TextLines {
    private TextLines() {}

    /**
     * Reads a file; {@code .gz} is unpacked, any other ending is taken as it is.
     *
     * @param pairs whether a line holds two texts with a tab between them
     * @throws InputException as for {@link #read(String, InputStream, boolean)}, and if the file cannot be read
     */
    public static Dataset read(Path file, boolean pairs) {
        try (TextSource source = TextSource.open(file)) {
            return read(source, pairs);
        }
    }

    /**
     * Reads a stream to its end and closes it. Blank lines at the end are ignored.
     *
     * @param name what messages call the stream, e.g. {@code standard input}
     * @param pairs whether a line holds two texts with a tab between them
     * @throws InputException if there is no text, or lines are bad: blank, not UTF-8, not two texts where pairs are wanted
     */
    public static Dataset read(String name, InputStream in, boolean pairs) {
        try (TextSource source = TextSource.of(name, in)) {
            return read(source, pairs);
        }
    }

    private static Dataset read(TextSource source, boolean pairs) {
        BadRows bad = new BadRows(source.name());
        List<Integer> blank = new ArrayList<>();
        List<Example> examples = new ArrayList<>();
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
            } else if (pairs) {
                addPair(line, examples, bad);
            } else {
                examples.add(new Example(line.text(), Optional.empty(), Optional.empty(), line.number()));
            }
        }
        bad.throwIfAny();
        if (examples.isEmpty()) {
            throw new InputException(source.name() + ": holds no text; give one text a line");
        }
        return new Dataset(source.name(), examples);
    }

    private static void addPair(TextSource.Line line, List<Example> examples, BadRows bad) {
        String[] texts = line.text().split("\t", -1);
        if (texts.length != 2 || texts[0].isBlank() || texts[1].isBlank()) {
            bad.add(line.number(), "is not two texts with a tab between them");
        } else {
            examples.add(new Example(texts[0], Optional.of(texts[1]), Optional.empty(), line.number()));
        }
    }
}
