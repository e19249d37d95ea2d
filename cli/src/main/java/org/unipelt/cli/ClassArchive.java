package org.unipelt.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Does what most commands do, so that the JVM meets their classes. The start script runs it once after each build with {@code
 * -XX:ArchiveClassesAtExit}: later starts take the classes from the archive, in place of reading them from jars.
 */
public final class ClassArchive {
    private ClassArchive() {}

    /**
     * Trains a model on a few rows and predicts with it, in silence.
     *
     * @param args a table with a text and a label, and a folder for the model
     */
    public static void main(String[] args) {
        String table = args[0];
        String model = args[1];
        run("methods");
        run("train", "--train", table, "--samples", "8", "--epochs", "1", "--method", "unipelt-apl", "--out", model);
        run("predict", model, "a text");
        run("predict", model, "--data", table, "--json");
        run("gates", model, "--data", table);
    }

    private static void run(String... args) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Main.run(args, new Console(InputStream.nullInputStream(), nowhere, nowhere, true, 80, true, "unipelt"));
    }
}
