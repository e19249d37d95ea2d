package org.unipelt.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unipelt.testkit.HouseRules;

/** The server knows the library; the library knows no server. */
class ArchitectureTest {
    private static final String HERE = "org.unipelt.server";

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        all = HouseRules.read();
    }

    @Test
    void knowledgeFlowsDownward() {
        HouseRules.nobodyElseKnows(all, HERE);
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
