package org.unipelt.cli;

import java.util.ArrayList;
import java.util.List;
import org.unipelt.Version;
import org.unipelt.runtime.Engine;
import picocli.CommandLine.IVersionProvider;

/** Version, engine and settings of this program: the start of a bug report. */
final class VersionLines implements IVersionProvider {
    @Override
    public String[] getVersion() {
        List<String> lines = new ArrayList<>();
        lines.add("unipelt " + Version.text());
        lines.add("java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch"));
        Engine.describe().forEach((name, value) -> lines.add(name + " " + value));
        return lines.toArray(String[]::new);
    }
}
