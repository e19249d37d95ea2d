package org.unipelt.cli;

import java.util.ArrayList;
import java.util.List;
import org.unipelt.Version;
import org.unipelt.runtime.Engine;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The version of this program; with {@code --verbose} also its engine and settings, for a bug report. */
final class VersionLines implements IVersionProvider {
    @Spec
    private CommandSpec spec;

    @Override
    public String[] getVersion() {
        List<String> lines = new ArrayList<>();
        lines.add("unipelt " + Version.text());
        if (spec.root().userObject() instanceof Unipelt unipelt && unipelt.verbose()) {
            lines.add("java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                    + System.getProperty("os.arch"));
            Engine.describe().forEach((name, value) -> lines.add(name + " " + value));
        }
        return lines.toArray(String[]::new);
    }
}
