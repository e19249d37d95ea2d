package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every link from a document of the repository to a file, or to a heading, leads somewhere. */
class DocumentLinksTest {
    private static final Path ROOT = Repository.root();
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|^(    |\t).*?$|`[^`]*`");

    @Test
    void noLinkIsDead() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path document : documents()) {
            LINK.matcher(prose(document))
                    .results()
                    .map(link -> link.group(1))
                    .filter(link -> !link.matches("[a-z]+:.*"))
                    .filter(link -> !leads(document, link))
                    .forEach(link -> dead.add(ROOT.relativize(document) + ": " + link));
        }
        assertThat(dead).isEmpty();
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>();
        for (String folder : List.of("", "studies", "benchmarks", "site")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                files.forEach(documents::add);
            }
        }
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            files.forEach(documents::add);
        }
        documents.removeIf(file -> !file.toString().endsWith(".md"));
        assertThat(documents).hasSizeGreaterThan(25);
        return documents;
    }

    private static boolean leads(Path document, String link) {
        int mark = link.indexOf('#');
        String file = mark < 0 ? link : link.substring(0, mark);
        Path target = file.isEmpty() ? document : document.resolveSibling(file).normalize();
        return target.startsWith(ROOT)
                && Files.exists(target)
                && (mark < 0 || anchors(target).contains(link.substring(mark + 1)));
    }

    /** The anchors of a document's headings, as GitHub and the site make them. */
    private static Set<String> anchors(Path document) {
        return text(document)
                .replaceAll("(?ms)^```.*?^```$", "")
                .lines()
                .filter(line -> line.matches("#+ .*"))
                .map(heading -> heading.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    private static String prose(Path document) {
        // A link's own text may be code.
        return CODE.matcher(text(document)).replaceAll("code");
    }

    private static String text(Path document) {
        try {
            return Files.readString(document);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
