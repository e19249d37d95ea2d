package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Java in README.md and in the guide, compiled as it stands there; the guide's program also runs. */
class DocumentedJavaTest {
    private static final Path ROOT = Repository.root();
    private static final String CLASS_PATH = System.getProperty("java.class.path");
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Path PROGRAM = ROOT.resolve("docs/guide/java.md");

    @TempDir
    Path folder;

    static List<Path> pages() throws IOException {
        try (Stream<Path> guide = Files.list(ROOT.resolve("docs/guide"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), guide)
                    .filter(page -> page.toString().endsWith(".md"))
                    .filter(page -> !blocks(page).isEmpty())
                    .sorted()
                    .toList();
        }
    }

    private static List<String> blocks(Path page) {
        try {
            Matcher found = BLOCK.matcher(Files.readString(page));
            return found.results().map(block -> block.group(1)).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theFirstPageHasAProgram() throws IOException {
        assertThat(pages()).contains(ROOT.resolve("README.md"), PROGRAM);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void compiles(Path page) throws IOException {
        for (String block : blocks(page)) {
            compile(block.contains("class ") ? block : asProgram(block));
        }
    }

    /** Statements as a program: of an open base model, with the library's packages where the statements import nothing. */
    private static String asProgram(String block) {
        List<String> imports = new ArrayList<>(
                block.lines().filter(line -> line.startsWith("import ")).toList());
        if (imports.isEmpty()) {
            imports.addAll(List.of("import java.nio.file.Path;", "import java.util.List;"));
            Stream.of("data", "hub", "interop", "run", "task", "tuned")
                    .forEach(room -> imports.add("import org.unipelt." + room + ".*;"));
        }
        String given = block.contains("BaseModel base") ? "" : "org.unipelt.hub.BaseModel base";
        return String.join("\n", imports) + "\nclass Messages {\nvoid run(" + given + ") throws Exception {\n"
                + block.lines().filter(line -> !line.startsWith("import ")).collect(Collectors.joining("\n"))
                + "\n}\n}\n";
    }

    private void compile(String program) throws IOException {
        Path source = Files.writeString(folder.resolve("Messages.java"), program);
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", CLASS_PATH, "-d", folder.toString(), source.toString());
        assertThat(compiled).as(program).isZero();
    }

    @Test
    void theGuidesProgramTrainsSavesLoadsAndPredicts() throws IOException, InterruptedException {
        compile(blocks(PROGRAM).get(0));
        // The program names files as from the repository's root; here they stand in a folder that may be written to,
        // with a fifth of the rows: how well a model learns from all of them, other tests say.
        Path data = Files.createDirectories(folder.resolve("examples/messages"));
        for (String name : List.of("train.tsv", "dev.tsv", "test.tsv")) {
            List<String> lines =
                    Files.readAllLines(ROOT.resolve("examples/messages").resolve(name));
            Files.write(data.resolve(name), lines.subList(0, 1 + lines.size() / 5));
        }
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        folder + System.getProperty("path.separator") + CLASS_PATH,
                        "Messages")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("ended in time").isTrue();
        List<String> said = Files.readAllLines(out);
        assertThat(process.exitValue()).as(String.join("\n", said)).isZero();
        assertThat(said.get(said.size() - 1)).isEqualTo("delivery");
        assertThat(folder.resolve("messages-model-java/adapter.json")).exists();
    }
}
