package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code unipelt}, in a checkout that seems to be built, with a Java that only says what it was given. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {
    @TempDir
    Path home;

    /** A checkout that is built, with a JDK whose java prints its arguments and malloc's variables. */
    private Path checkout() throws IOException {
        Path checkout = home.resolve("checkout");
        for (String source : List.of(
                "pom.xml",
                "bundles/a/pom.xml",
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
                "examples/messages/a")) {
            Files.createDirectories(checkout.resolve(source).getParent());
            Files.createFile(checkout.resolve(source));
        }
        Files.createDirectories(checkout.resolve("cli/src/main/sh"));
        Files.copy(Path.of("src/main/sh/launch.sh"), checkout.resolve("cli/src/main/sh/launch.sh"));
        Files.createDirectories(checkout.resolve("cli/target"));
        Files.createFile(checkout.resolve("cli/target/class-path"));
        Files.copy(Path.of("../unipelt"), checkout.resolve("unipelt"), StandardCopyOption.COPY_ATTRIBUTES);
        Path java = home.resolve("jdk/bin/java");
        Files.createDirectories(java.getParent());
        Files.writeString(
                java,
                "#!/bin/sh\nprintf '%s\\n' \"$@\" \"$MALLOC_ARENA_MAX $MALLOC_TRIM_THRESHOLD_ $MALLOC_MMAP_THRESHOLD_\"\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        return checkout;
    }

    private List<String> said(String command, Map<String, String> environment)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("sh", "-c", command).directory(home.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("MALLOC_"));
        builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.lines().toList();
    }

    @Test
    void mallocKeepsItsPagesUnlessTheUserSaysOtherwise() throws IOException, InterruptedException {
        checkout();
        String command = "checkout/unipelt ";
        assertThat(said(command + "methods", Map.of())).last().asString().matches("[1-9]\\d* 1000000000 33554432");
        assertThat(said(command + "methods", Map.of("MALLOC_ARENA_MAX", "7")))
                .last()
                .isEqualTo("7 1000000000 33554432");
        assertThat(said(command + "serve", Map.of())).last().isEqualTo("2  ");
    }

    @Test
    void theArchiveOfClassesIsMadeOnceForEachBuildAndJava() throws IOException, InterruptedException {
        Path checkout = checkout();
        String once = "unipelt: preparing quick starts (once)";
        Path built = checkout.resolve("cli/target/class-path");
        assertThat(said("checkout/unipelt methods", Map.of())).contains(once);
        assertThat(said("checkout/unipelt methods", Map.of())).doesNotContain(once);
        Files.setLastModifiedTime(built, FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(said("checkout/unipelt methods", Map.of())).contains(once);
        Files.setLastModifiedTime(built, FileTime.from(Instant.now().minusSeconds(5)));
        Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
        assertThat(said("checkout/unipelt methods", Map.of())).contains(once, "--sun-misc-unsafe-memory-access=allow");
        assertThat(checkout.resolve("cli/target/archives/classes-25.0.1.jsa")).exists();
    }

    @Test
    void anOldJavaIsRefused() throws IOException, InterruptedException {
        checkout();
        Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"11.0.2\"\n");
        assertThat(said("checkout/unipelt methods || echo ended with $?", Map.of()))
                .containsExactly(
                        "unipelt: Java 17 or newer is needed, but " + home.resolve("jdk/bin/java")
                                + " is version 11.0.2; let JAVA_HOME name a newer one",
                        "ended with 2");
    }

    @Test
    void itFindsItselfWhateverTheShellIsSetTo() throws IOException, InterruptedException {
        Path checkout = checkout();
        Files.createDirectories(home.resolve("elsewhere/checkout"));
        Files.createDirectories(home.resolve("links"));
        Files.createSymbolicLink(home.resolve("links/u"), Path.of("../checkout/unipelt"));

        String jar = checkout.toRealPath().resolve("cli/target/unipelt-cli.jar").toString();
        for (String command : List.of("checkout/unipelt", "./checkout/unipelt", "links/u")) {
            Map<String, String> elsewhere = Map.of("CDPATH", home.resolve("elsewhere") + ":" + home);
            assertThat(said(command + " methods", elsewhere)).as(command).contains(jar + ":", "methods");
        }
    }
}
