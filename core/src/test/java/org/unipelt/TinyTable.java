package org.unipelt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.unipelt.tensor.Rng;

/** Tables for tiny models. */
public final class TinyTable {
    private TinyTable() {}

    /** A table of two classes that one word tells apart; or with columns {@code source} and {@code target}. */
    public static Path rows(Path file, int count, String first, String second) throws IOException {
        List<String> lines = new ArrayList<>(List.of(first + "\t" + second));
        Rng rng = new Rng(count);
        for (int i = 0; i < count; i++) {
            String word = i % 2 == 0 ? "good" : "bad";
            lines.add("w" + rng.nextInt(30) + " " + word + " w" + rng.nextInt(30) + "\t" + word);
        }
        return Files.write(file, lines);
    }
}
