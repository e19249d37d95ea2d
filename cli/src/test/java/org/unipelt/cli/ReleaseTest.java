package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.Version;

/** The version stands in several files that Maven does not fill in. */
class ReleaseTest {
    private static final Path ROOT = Path.of("..");
    /** An artifact of this project with its version, in a pom or in Gradle's notation. */
    private static final Pattern ARTIFACT =
            Pattern.compile("(?:unipelt-[\\w-]+(?:</artifactId>\\s*<version>|:)|<unipelt.version>)(\\d[\\w.-]*)");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/guide/java.md",
                "bom/pom.xml",
                "examples/maven/pom.xml",
                "examples/gradle/build.gradle",
                "examples/spring-boot/pom.xml"
            })
    void aFileNamesThisVersion(String file) throws IOException {
        assertThat(ARTIFACT.matcher(Files.readString(ROOT.resolve(file)))
                        .results()
                        .map(found -> found.group(1)))
                .isNotEmpty()
                .containsOnly(Version.text());
    }

    @Test
    void theChangesOfThisVersionAreTold() throws IOException {
        assertThat(Files.readString(ROOT.resolve("CHANGELOG.md")))
                .containsPattern("(?m)^## " + Pattern.quote(Version.text()) + "\\b");
    }

    @Test
    void theListOfVersionsNamesEachArtifactForOthers() throws IOException {
        String versions = Files.readString(ROOT.resolve("bom/pom.xml"));
        try (Stream<Path> poms = Files.find(
                ROOT, 3, (path, what) -> path.endsWith("pom.xml") && !path.startsWith(ROOT.resolve("examples")))) {
            for (Path pom : poms.toList()) {
                String text = Files.readString(pom);
                if (text.contains("<maven.deploy.skip>false<")) {
                    Matcher artifact = Pattern.compile("</parent>\\s*(<artifactId>[^<]+</artifactId>)")
                            .matcher(text);
                    assertThat(artifact.find()).isTrue();
                    assertThat(versions).contains(artifact.group(1));
                }
            }
        }
    }
}
