package org.unipelt;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.INTERFACES;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.backbone.Backbone;

/** Which room of the house may know which, and what is in none of them. */
class ArchitectureTest {
    /** From the bottom up: each may know those before it. */
    private static final List<String> ROOMS = List.of(
            "files",
            "runtime",
            "tensor",
            "text",
            "metric",
            "data",
            "backbone",
            "generation",
            "download",
            "hub",
            "method",
            "task",
            "training",
            "tracking",
            "format",
            "tuned",
            "interop",
            "run");

    private static final String ROOT = InputException.class.getPackageName();

    private static JavaClasses core;

    @BeforeAll
    static void read() {
        core = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                // What tests share is a module of its own, and no room of this one.
                .withImportOption(location -> !location.contains("testkit"))
                .importPackages(ROOT);
        assertThat(core.contain(InputException.class)).isTrue();
        assertThat(core.contain(ArchitectureTest.class)).isFalse();
    }

    @Test
    void knowledgeFlowsDownward() {
        LayeredArchitecture house = layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (String room : ROOMS) {
            house = house.optionalLayer(room).definedBy(ROOT + "." + room + "..");
        }
        for (int i = 0; i < ROOMS.size(); i++) {
            String[] below = ROOMS.subList(0, i).toArray(String[]::new);
            house = below.length == 0
                    ? house.whereLayer(ROOMS.get(i)).mayNotAccessAnyLayer()
                    : house.whereLayer(ROOMS.get(i)).mayOnlyAccessLayers(below);
        }
        house.check(core);
    }

    @Test
    void everyClassIsInARoom() {
        classes()
                .that()
                .resideOutsideOfPackage(ROOT)
                .should()
                .resideInAnyPackage(
                        ROOMS.stream().map(room -> ROOT + "." + room + "..").toArray(String[]::new))
                .check(core);
        classes()
                .that()
                .resideInAPackage(ROOT)
                .and()
                .doNotHaveSimpleName("package-info")
                .should(be(belongToAnyOf(
                        InputException.class, OneLine.class, Suggestion.class, Version.class, Words.class)))
                .andShould()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.apache.commons.text..", "org.jspecify.annotations", ROOT)
                .because("what every room knows must itself know nothing")
                .check(core);
    }

    @Test
    void methodsAndBackbonesDoNotKnowEachOther() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".method..", ROOT + ".task..", ROOT + ".training..")
                .should()
                .dependOnClassesThat(assignableTo(Backbone.class).and(not(INTERFACES)))
                .because("every method must run on every backbone")
                .check(core);
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".backbone..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".method..")
                .because("a backbone names its sites and never a method")
                .check(core);
    }

    @Test
    void noCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(core);
    }

    @Test
    void aNameSaysWhatAThingIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Utils?|Manager|Helper)(\\$.*)?")
                .because("such a name says only that something is left over")
                .check(core);
    }

    @Test
    void nothingGlobalChanges() {
        fields().that().areStatic().should().beFinal().check(core);
    }

    @Test
    void noProgramsAreReadAsData() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveNameMatching("java\\.io\\.Object(Input|Output)Stream|java\\.beans\\.XML(Decoder|Encoder)"
                        + "|org\\.bytedeco\\.pytorch\\.(Input|Output)Archive")
                .because("serialised objects and pickles are programs")
                .check(core);
        noClasses()
                .should()
                .callMethodWhere(target(nameMatching("pickle_(load|save)|jitload|import_ir_module")))
                .because("serialised objects and pickles are programs")
                .check(core);
    }

    @Test
    void aLibraryNeverEndsTheProcess() {
        noClasses()
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(core);
    }
}
