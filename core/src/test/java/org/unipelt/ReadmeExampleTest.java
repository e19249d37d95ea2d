package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in the README, compiled and run as it stands there. */
class ReadmeExampleTest {
    @Test
    void trainsSavesLoadsAndPredicts(@TempDir Path folder) throws IOException, InterruptedException {
        Path root = Repository.root();
        Matcher program = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(root.resolve("README.md")));
        assertThat(program.find()).as("a Java program in the README").isTrue();
        Path source = Files.writeString(folder.resolve("Messages.java"), program.group(1));
        String classPath = System.getProperty("java.class.path");
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", classPath, "-d", folder.toString(), source.toString());
        assertThat(compiled).isZero();

        // The program names files as from the repository's root; here they stand in a folder that may be written to,
        // with a
        // fifth of the rows: how well a model learns from all of them, other tests say.
        Path data = Files.createDirectories(folder.resolve("examples/messages"));
        for (String name : List.of("train.tsv", "dev.tsv", "test.tsv")) {
            List<String> lines =
                    Files.readAllLines(root.resolve("examples/messages").resolve(name));
            Files.write(data.resolve(name), lines.subList(0, 1 + lines.size() / 5));
        }
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        folder + System.getProperty("path.separator") + classPath,
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
