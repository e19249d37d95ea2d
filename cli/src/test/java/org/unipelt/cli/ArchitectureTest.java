package org.unipelt.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.testkit.HouseRules;

/** The commands are thin: they read options, ask the library, and print. */
class ArchitectureTest {
    private static final String ROOT = "org.unipelt";
    private static final String HERE = ROOT + ".cli";

    /** Lines of the longest file that is still thin. */
    private static final int LONGEST = 370;

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        all = HouseRules.read();
        assertThat(all.contain(Main.class)).isTrue();
    }

    @Test
    void nobodyKnowsTheCommands() {
        HouseRules.nobodyElseKnows(all, HERE);
    }

    @Test
    void commandsKnowTheRoomsThatTheyAskAndNoTensors() {
        noClasses()
                .that()
                .resideInAPackage(HERE + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.bytedeco..", ROOT + ".files..", ROOT + ".text..")
                .because("files and tokens are the library's business")
                .check(all);
        classes()
                .that()
                .resideInAPackage(ROOT + ".tensor..")
                .and()
                .haveSimpleNameNotContaining("$")
                .and()
                .doNotHaveSimpleName("Engine")
                .and()
                .doNotHaveSimpleName("Compute")
                .and()
                .doNotHaveSimpleName("Device")
                .and()
                .doNotHaveSimpleName("Precision")
                .should()
                .onlyHaveDependentClassesThat()
                .resideOutsideOfPackage(HERE + "..")
                .because("of tensors a command knows what computes, and how exactly")
                .check(all);
        noClasses()
                .that()
                .resideInAPackage(HERE + "..")
                .should()
                .dependOnClassesThat()
                .haveNameMatching(".*\\.(task\\.(SequenceClassifier|Generator|Probe)|generation\\.BeamSearch"
                        + "|training\\.(Trainer|AdamW|Gradients|RunState|Objective|Classification|Writing)"
                        + "|method\\.(Lora|Adapter|Prefix|Prompt|UniPelt|Modification))(\\$.*)?")
                .because("how a model is trained and what a method does is the library's business")
                .check(all);
    }

    @Test
    void aCommandKnowsNoOther() {
        for (String command : List.of("Train", "Compare", "Evaluate", "Predict", "Gates", "Report", "Methods")) {
            noClasses()
                    .that()
                    .haveSimpleNameEndingWith("Command")
                    .and()
                    .doNotHaveSimpleName(command + "Command")
                    .should()
                    .dependOnClassesThat()
                    .haveSimpleName(command + "Command")
                    .check(all);
        }
    }

    @Test
    void filesAreShort() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readAllLines(file)).as(file.toString()).hasSizeLessThanOrEqualTo(LONGEST);
            }
        }
    }

    @Test
    void theHouseRules() {
        HouseRules.check(all, HERE, Main.class, Interruption.class);
    }
}
