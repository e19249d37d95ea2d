package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds what others can call against a list, so that a change of it is seen and meant. {@code -Dapi.write=true} writes the list
 * anew.
 */
class PublicApiTest {
    private static final Path LIST = Path.of("src/test/resources/org/unipelt/public-api.txt");

    @Test
    void whatOthersCanCallIsAsListed() throws IOException {
        List<String> now = new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .withImportOption(location -> !location.contains("testkit"))
                        .importPackages(PublicApiTest.class.getPackageName())
                        .stream()
                        .filter(PublicApiTest::isPublic)
                        .flatMap(type -> Stream.concat(
                                Stream.of(type.getName()),
                                type.getMembers().stream()
                                        .filter(PublicApiTest::isShown)
                                        .map(member -> type.getName() + " " + said(member))))
                        .distinct()
                        .sorted()
                        .toList();
        if (Boolean.getBoolean("api.write")) {
            Files.write(LIST, now);
        }
        assertThat(now)
                .as("The public API has changed. If that is meant, write the list anew:"
                        + " mvn -q -pl core -am test -Dtest=PublicApiTest -Dapi.write=true")
                .isEqualTo(Files.readAllLines(LIST));
    }

    /** Nested types are as visible as the least visible around them. */
    private static boolean isPublic(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(PublicApiTest::isPublic).orElse(true);
    }

    private static boolean isShown(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
                && !member.getModifiers().contains(JavaModifier.SYNTHETIC);
    }

    private static String said(JavaMember member) {
        if (member instanceof JavaField field) {
            return field.getName() + " : " + field.getRawType().getSimpleName();
        }
        JavaCodeUnit unit = (JavaCodeUnit) member;
        String parameters = unit.getRawParameterTypes().stream()
                .map(JavaClass::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
        return unit.getName() + parameters + " : " + unit.getRawReturnType().getSimpleName();
    }
}
