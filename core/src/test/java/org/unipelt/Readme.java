package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The parts of README.md that follow from the code, each between two marks: {@code <!-- name -->}, {@code <!-- /name -->}. */
public final class Readme {
    private static final Path FILE = Repository.root().resolve("README.md");

    private Readme() {}

    /** Compares a part with what it must be; {@code -Dreadme.write=true} writes the part anew. */
    public static void holds(String name, List<String> lines) throws IOException {
        String readme = Files.readString(FILE);
        String mark = "<!-- " + name + " -->\n";
        assertThat(readme).contains(mark, "<!-- /" + name + " -->");
        int from = readme.indexOf(mark) + mark.length();
        int to = readme.indexOf("<!-- /" + name + " -->");
        String wanted = String.join("\n", lines) + "\n";
        if (Boolean.getBoolean("readme.write")) {
            Files.writeString(FILE, readme.substring(0, from) + wanted + readme.substring(to));
            return;
        }
        assertThat(readme.substring(from, to))
                .as("README.md differs from the code. If the code is right, write README.md anew: mvn -q -pl core -am"
                        + " test -Dtest='SettingTest,ModelTableTest' -Dreadme.write=true")
                .isEqualTo(wanted);
    }
}
