package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that is a module: it trains, saves, exports, and reads again with what {@code module-info.java} gives it. */
class ModulePathTest {
    /** Where the module's descriptor is: this build's classes. */
    private static final Path CORE = Path.of("target", "classes");

    private static final String PROGRAM = """
            package app;

            import java.nio.file.Path;
            import java.util.List;
            import org.unipelt.data.Dataset;
            import org.unipelt.data.LabelKind;
            import org.unipelt.hub.BaseModel;
            import org.unipelt.interop.Export;
            import org.unipelt.run.Tuning;
            import org.unipelt.tuned.DataRows;
            import org.unipelt.tuned.TunedModel;

            class Main {
                record Row(String text, Object label) {}

                public static void main(String[] folder) {
                    List<Row> rows = List.of(new Row("good", "up"), new Row("bad", "down"), new Row("fine", "up"),
                            new Row("poor", "down"));
                    List<Row> scored = List.of(new Row("good", 1.5), new Row("bad", 0.5), new Row("fine", 1.25));
                    Path classes = Path.of(folder[0], "classes");
                    try (BaseModel base = BaseModel.open("minilm-l6")) {
                        Dataset all = Dataset.of(rows, Row::text, Row::label);
                        Tuning.of(base, "unipelt-al").on(DataRows.of(all).withDev(all))
                                .with(settings -> settings.epochs(1)).train(classes).close();
                        Tuning.of(base, "bitfit")
                                .on(DataRows.of(Dataset.of(scored, Row::text, Row::label)).withLabels(LabelKind.SCORE))
                                .with(settings -> settings.epochs(1)).train(Path.of(folder[0], "scores")).close();
                        try (TunedModel model = TunedModel.load(classes, base)) {
                            Export.write(model, Export.Format.ONNX, false, Path.of(folder[0], "onnx"));
                            System.out.println(Main.class.getModule() + " reads " + TunedModel.class.getModule()
                                    + ": " + model.labels().names() + " " + model.card().metrics().keySet());
                        }
                    }
                }
            }
            """;

    @Test
    void aProgramThatIsAModuleTrainsAndReads(@TempDir Path folder) throws Exception {
        String modules =
                Stream.concat(Stream.of(CORE.toString()), libraries()).collect(Collectors.joining(File.pathSeparator));
        Path source = Files.createDirectories(folder.resolve("source/app"));
        Path descriptor = folder.resolve("source/module-info.java");
        Files.writeString(descriptor, "module app { requires org.unipelt.core; }");
        Files.writeString(source.resolve("Main.java"), PROGRAM);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler.run(
                        null,
                        null,
                        null,
                        "-d",
                        folder.resolve("app").toString(),
                        "-p",
                        modules,
                        descriptor.toString(),
                        source.resolve("Main.java").toString()))
                .isZero();

        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-p",
                        folder.resolve("app") + File.pathSeparator + modules,
                        "--add-modules",
                        "ALL-MODULE-PATH",
                        "-m",
                        "app/app.Main",
                        Files.createDirectories(folder.resolve("models")).toString())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(out, StandardCharsets.UTF_8))
                .isEqualTo("module app reads module org.unipelt.core: [down, up] [dev]\n");
    }

    /** What the library needs, of what the tests need. */
    private static Stream<String> libraries() throws IOException {
        List<String> tests = List.of(
                "testkit", "junit", "assertj", "archunit", "onnxruntime", "surefire", "opentest4j", "apiguardian");
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> path.endsWith(".jar"))
                .filter(path ->
                        tests.stream().noneMatch(Path.of(path).getFileName().toString()::contains));
    }
}
