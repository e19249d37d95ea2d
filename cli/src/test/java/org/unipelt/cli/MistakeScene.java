package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** The folder in which one mistake is made: good files to start from, then one that is not. */
final class MistakeScene {
    /** As a value: leaves out an option of {@link #train}. */
    static final String NONE = "\0none";

    static final String GOOD = "text\tlabel\ngreat film\tgood\nso good\tgood\na joy\tgood\nawful film\tbad\nso"
            + " bad\tbad\na pain\tbad\n";

    static final String NEWS = "text\tsummary\nthe storm closed the harbour\tstorm closed harbour\nthe mayor opens the"
            + " bridge\tmayor opens bridge\nrain fell all day\tlong rain\n";

    private final Path folder;
    private final Models models;

    /** What all mistakes share, and none may change: base models, and models tuned on them. */
    record Models(Path base, Path single, Path ungated, Path pairs, Path stopped, Path bart, Path mbart, Path writer) {}

    MistakeScene(Path folder, Models models) {
        this.folder = folder;
        this.models = models;
    }

    Models models() {
        return models;
    }

    Path at(String name) {
        return folder.resolve(name);
    }

    Path file(String name, String text) throws IOException {
        return file(name, text.getBytes(StandardCharsets.UTF_8));
    }

    Path file(String name, byte[] bytes) throws IOException {
        return Files.write(at(name), bytes);
    }

    Path gzip(String name, String text, double share) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return file(name, Arrays.copyOf(bytes.toByteArray(), (int) (bytes.size() * share)));
    }

    Path directory(String name) throws IOException {
        return Files.createDirectories(at(name));
    }

    /** A copy of a folder, to be damaged. */
    Path copy(Path original, String name) throws IOException {
        Path copy = directory(name);
        try (Stream<Path> files = Files.list(original)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    Path base() throws IOException {
        return copy(models.base(), "base");
    }

    /** A copy of the tuned model for single texts with gates. */
    Path tuned() throws IOException {
        return copy(models.single(), "tuned");
    }

    /** A short training that would succeed, with some options replaced or added. */
    List<Object> train(Object... changes) throws IOException {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("--train", file("good.tsv", GOOD));
        options.put("--model", models.base());
        options.put("--method", "head");
        options.put("--epochs", 1);
        options.put("--max-length", 16);
        options.put("--out", at("out"));
        for (int i = 0; i < changes.length; i += 2) {
            options.put((String) changes[i], changes[i + 1]);
        }
        List<Object> args = new ArrayList<>(List.of("train", "--quiet"));
        options.forEach((option, value) -> {
            if (!NONE.equals(value)) {
                args.addAll(List.of(option, value));
            }
        });
        return args;
    }

    /** A short training to write that would succeed, with some options replaced or added. */
    List<Object> write(Object... changes) throws IOException {
        List<Object> all = new ArrayList<>(List.of("--train", file("news.tsv", NEWS), "--task", "summarization"));
        all.addAll(List.of("--label", "summary", "--model", models.bart(), "--method", "lora(rank=2)"));
        all.addAll(List.of(changes));
        return train(all.toArray());
    }

    /** Trains on rows of one's own. */
    List<Object> trainOn(String name, String text, Object... changes) throws IOException {
        List<Object> all = new ArrayList<>(List.of("--train", file(name, text)));
        all.addAll(List.of(changes));
        return train(all.toArray());
    }

    /** Trains on a base model of one's own. */
    List<Object> trainWith(Path base) throws IOException {
        return train("--model", base);
    }

    /** Makes the mistake: it must be told and leave no trace. */
    void tell(List<Object> args, String... says) throws IOException {
        tell("", args, says);
    }

    void tell(String input, List<Object> args, String... says) throws IOException {
        Map<Path, String> before = contents();
        Shell.Outcome outcome = Shell.runWith(input, args.toArray());
        // Its tables are small, of which training warns.
        String told = outcome.err().replaceAll("(?m)^warning: \\d of \\d classes have fewer than 5 rows.*\n", "");
        assertThat(outcome.code()).as(told).isEqualTo(2);
        assertThat(outcome.out()).as("standard output").isEmpty();
        assertThat(told)
                .as("one message; only bad rows have lines of their own")
                .matches("unipelt: [^\n]+\n(  [^\n]+:\\d+: [^\n]+\n)*")
                .contains(says)
                .doesNotContain(
                        "Exception",
                        "\tat ",
                        "org.unipelt.",
                        "java.",
                        "com.fasterxml",
                        "an error inside",
                        "REDACTED",
                        "start marker at");
        assertThat(contents()).as("files and folders").isEqualTo(before);
    }

    /** Every file with a fingerprint of its bytes, every folder with none. */
    private Map<Path, String> contents() throws IOException {
        Map<Path, String> contents = new TreeMap<>();
        List<Path> roots = List.of(
                folder,
                models.base(),
                models.single(),
                models.pairs(),
                models.stopped(),
                models.bart(),
                models.mbart(),
                models.writer());
        for (Path root : roots) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.toList()) {
                    contents.put(
                            file,
                            Files.isRegularFile(file) ? Arrays.hashCode(Files.readAllBytes(file)) + "" : "a folder");
                }
            }
        }
        return new HashMap<>(contents);
    }
}
