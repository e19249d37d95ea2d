package org.unipelt.experiment;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.testkit.HouseRules;

/** Experiments know the library; the library knows no experiment, and reports know what sweeps leave, not sweeps them. */
class ArchitectureTest {
    private static final String HERE = "org.unipelt.experiment";

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        all = HouseRules.read();
    }

    @Test
    void knowledgeFlowsDownward() {
        HouseRules.nobodyElseKnows(all, HERE);
        noClasses()
                .that()
                .resideInAPackage(HERE)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(HERE + ".report..")
                .check(all);
        slices().matching("org.unipelt.(*)..").should().beFreeOfCycles().check(all);
    }

    @Test
    void tensorsAreTheLibrarysBusiness() {
        noClasses()
                .that()
                .resideInAPackage(HERE + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.bytedeco..", "picocli..", "me.tongfei..")
                .check(all);
    }

    @Test
    void theHouseRules() {
        HouseRules.check(all, HERE);
    }
}
