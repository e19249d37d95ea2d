package org.unipelt.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

/** Rules that hold in every module. */
public final class HouseRules {
    private HouseRules() {}

    /** Returns the classes on the class path that are the project's own, without its tests. */
    public static JavaClasses read() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("org.unipelt");
    }

    /** Checks that no class outside a package depends on it. */
    public static void nobodyElseKnows(JavaClasses classes, String room) {
        noClasses()
                .that()
                .resideOutsideOfPackage(room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(room + "..")
                .check(classes);
    }

    /**
     * Checks that a package has no helpers by name and no static state that changes, and that it does not end the process.
     *
     * @param room the package, with those inside it
     * @param mayExit the classes that may end the process
     */
    public static void check(JavaClasses classes, String room, Class<?>... mayExit) {
        noClasses()
                .that()
                .resideInAPackage(room + "..")
                .should()
                .haveNameMatching(".*(Utils?|Manager|Helper)(\\$.*)?")
                .check(classes);
        fields().that()
                .areDeclaredInClassesThat()
                .resideInAPackage(room + "..")
                .and()
                .areStatic()
                .should()
                .beFinal()
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(room + "..")
                .and()
                .doNotBelongToAnyOf(mayExit)
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(classes);
    }
}
