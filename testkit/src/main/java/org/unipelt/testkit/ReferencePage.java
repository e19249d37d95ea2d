package org.unipelt.testkit;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A page of {@code docs/reference}, whose parts follow from the code. Each stands between two marks, {@code <!-- name -->} and
 * {@code <!-- /name -->}; the words around them are written by hand.
 */
public final class ReferencePage {
    /** What writes all parts anew. */
    private static final String COMMAND = "mvn -q -pl cli -am test -Dgroups=reference -Dreference.write=true";

    private final Path file;

    private ReferencePage(Path file) {
        this.file = file;
    }

    /** Returns the page of that name, e.g. {@code settings.md}. */
    public static ReferencePage of(String name) {
        Objects.requireNonNull(name, "name is null");
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve(".mvn"))) {
            root = Objects.requireNonNull(root.getParent(), "no folder .mvn above the working directory");
        }
        return new ReferencePage(root.resolve("docs/reference").resolve(name));
    }

    /**
     * Compares a part with what it must be; {@code -Dreference.write=true} writes the part anew.
     *
     * @param part the name between the marks
     * @throws AssertionError if it differs, or the page has no such marks
     */
    public void holds(String part, List<String> lines) throws IOException {
        String page = Files.readString(file);
        String begin = "<!-- " + part + " -->\n";
        String end = "<!-- /" + part + " -->";
        int from = page.indexOf(begin) + begin.length();
        int to = page.indexOf(end);
        if (from < begin.length() || to < from) {
            throw new AssertionError(file + " has no part between " + begin.strip() + " and " + end);
        }
        String wanted = String.join("\n", lines) + "\n";
        if (Boolean.getBoolean("reference.write")) {
            Files.writeString(file, page.substring(0, from) + wanted + page.substring(to));
        } else if (!page.substring(from, to).equals(wanted)) {
            throw new AssertionError(file + " differs from the code" + first(page.substring(from, to), wanted)
                    + "\nIf the code is right, write the page anew: " + COMMAND);
        }
    }

    /** The first line that differs. */
    private static String first(String is, String wanted) {
        List<String> one = is.lines().toList();
        List<String> other = wanted.lines().toList();
        int i = 0;
        while (i < one.size() && i < other.size() && one.get(i).equals(other.get(i))) {
            i++;
        }
        return ":\n  page: " + (i < one.size() ? one.get(i) : "(its end)") + "\n  code: "
                + (i < other.size() ? other.get(i) : "(its end)");
    }

    /** Returns the versions of a file's format, the newest last: the constants {@code VERSION_1}, {@code VERSION_2} of a class. */
    public static List<String> versions(Class<?> type) {
        return Stream.of(type.getDeclaredFields())
                .filter(field -> field.getName().startsWith("VERSION_"))
                .sorted(Comparator.comparing(Field::getName))
                .map(ReferencePage::text)
                .toList();
    }

    private static String text(Field constant) {
        try {
            constant.setAccessible(true);
            return (String) constant.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(constant + " cannot be read", e);
        }
    }

    /** Returns a row of a table; a bar in a cell does not end it, and no word of a cell is taken for a tag of HTML. */
    public static String row(List<String> cells) {
        return "| "
                + String.join(
                        " | ",
                        cells.stream()
                                .map(cell -> cell.replace("|", "\\|").replace("<", "&lt;"))
                                .toList())
                + " |";
    }

    /** Returns the two lines that begin a table. */
    public static List<String> head(String... titles) {
        return List.of(row(List.of(titles)), "|" + " --- |".repeat(titles.length));
    }
}
