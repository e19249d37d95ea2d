package org.unipelt.cli;

import java.nio.file.Path;
import org.unipelt.task.Ranking;
import org.unipelt.tuned.AdapterCard;

/** The lines that say where a new model is, and what to type next. */
record NextCommands(Path folder, AdapterCard card) {
    void print(Console console) {
        console.print("");
        console.printSentence("The model is in " + folder + ". Next:");
        console.print("  "
                + (card.task() instanceof Ranking
                        ? console.typed("predict", folder, "--query", "a query", "a text", "another")
                        : card.pairs()
                                ? console.typed("predict", folder, "a text", "another")
                                : console.typed("predict", folder, "a text")));
        console.print("  " + console.typed("evaluate", folder, "--data", "FILE"));
        if (card.method().isGated()) {
            console.print("  " + console.typed("gates", folder, "--data", "FILE"));
        }
    }
}
