package org.unipelt.distribution;

import java.io.File;
import java.io.IOException;
import org.unipelt.cli.Console;
import org.unipelt.cli.Main;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Writes the manual's pages as AsciiDoc, one for each command. */
public final class Manual {
    private Manual() {}

    /** Takes the folder of the pages. */
    public static void main(String[] arguments) throws IOException {
        CommandLine line = Main.line(Console.ofProcess());
        ManPageGenerator.generateManPage(new File(arguments[0]), null, new boolean[0], false, line.getCommandSpec());
    }
}
