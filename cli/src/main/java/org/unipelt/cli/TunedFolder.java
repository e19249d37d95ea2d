package org.unipelt.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.unipelt.runtime.Engine;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

/**
 * A tuned model in a folder. A folder of this library has a card, which is checked before the base model is opened; one
 * of another library is opened at once.
 */
final class TunedFolder implements AutoCloseable {
    private final Path folder;
    private final OpenOptions options;
    private final Console console;
    private final AdapterCard card;
    private Optional<OpenOptions.Opened> opened;

    private TunedFolder(
            Path folder, OpenOptions options, Console console, AdapterCard card, Optional<OpenOptions.Opened> opened) {
        this.folder = folder;
        this.options = options;
        this.console = console;
        this.card = card;
        this.opened = opened;
    }

    static TunedFolder own(Path folder, OpenOptions options, Console console) {
        AdapterCard card = AdapterCard.read(folder);
        // The caller looks at its rows next.
        Engine.prepare();
        return new TunedFolder(folder, options, console, card, Optional.empty());
    }

    static TunedFolder foreign(Path folder, OpenOptions options, UnsaidOptions unsaid, Console console) {
        OpenOptions.Opened opened = options.openForeign(folder, unsaid.unsaid(), console);
        return new TunedFolder(folder, options, console, opened.model().card(), Optional.of(opened));
    }

    AdapterCard card() {
        return card;
    }

    /**
     * Returns the model, for predicting only. Opens it and its base at the first call, and warns of what could not be checked.
     */
    TunedModel model() {
        if (opened.isEmpty()) {
            opened = Optional.of(options.open(folder, card, console));
        }
        return opened.get().model();
    }

    /** Returns the model with all weights of its base as they are stored, to export it. */
    TunedModel whole() {
        if (opened.isEmpty()) {
            opened = Optional.of(options.openWhole(folder, card, console));
        }
        return opened.get().model();
    }

    @Override
    public void close() {
        opened.ifPresent(OpenOptions.Opened::close);
    }
}
