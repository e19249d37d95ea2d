package org.unipelt.cli;

import java.util.ArrayList;
import java.util.List;
import org.unipelt.InputException;
import org.unipelt.Version;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
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
            Compute predicting = Compute.cpu().predicting();
            lines.add("packed-maps " + (predicting.packs() ? "by oneDNN" : "none: this libtorch has no such products"));
            lines.add("int8 " + int8());
        }
        return lines.toArray(String[]::new);
    }

    private static String int8() {
        try {
            Compute.of(Device.CPU, Precision.INT8).predicting().demand();
            return "available";
        } catch (InputException e) {
            return "refused: " + e.getMessage();
        }
    }
}
