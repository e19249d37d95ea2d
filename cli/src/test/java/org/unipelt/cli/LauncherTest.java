package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code unipelt}, in a checkout that seems to be built, with a Java that only says what it was given. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {
    @TempDir
    Path home;

    @Test
    void itFindsItselfWhateverTheShellIsSetTo() throws IOException, InterruptedException {
        Path checkout = home.resolve("checkout");
        for (String source : List.of(
                "pom.xml",
                "core/pom.xml",
                "core/src/main/a",
                "experiment/pom.xml",
                "experiment/src/main/a",
                "parquet/pom.xml",
                "parquet/src/main/a",
                "server/pom.xml",
                "server/src/main/a",
                "cli/pom.xml",
                "cli/src/main/a",
                "examples/a")) {
            Files.createDirectories(checkout.resolve(source).getParent());
            Files.createFile(checkout.resolve(source));
        }
        Files.createDirectories(checkout.resolve("cli/target"));
        Files.createFile(checkout.resolve("cli/target/class-path"));
        Files.copy(Path.of("../unipelt"), checkout.resolve("unipelt"), StandardCopyOption.COPY_ATTRIBUTES);
        Path java = home.resolve("jdk/bin/java");
        Files.createDirectories(java.getParent());
        Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.createDirectories(home.resolve("elsewhere/checkout"));
        Files.createDirectories(home.resolve("links"));
        Files.createSymbolicLink(home.resolve("links/u"), Path.of("../checkout/unipelt"));

        String jar = checkout.toRealPath().resolve("cli/target/unipelt-cli.jar").toString();
        for (String command : List.of("checkout/unipelt", "./checkout/unipelt", "links/u")) {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", command + " methods")
                    .directory(home.toFile())
                    .redirectErrorStream(true);
            builder.environment().put("CDPATH", home.resolve("elsewhere") + ":" + home);
            builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
            assertThat(said.lines()).as(command).contains(jar + ":", "methods");
        }
    }
}
