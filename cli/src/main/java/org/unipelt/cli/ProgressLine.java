package org.unipelt.cli;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** The last line of a terminal, redrawn until closed. Lines that stay go above it. */
final class ProgressLine implements AutoCloseable {
    private final Console console;
    private final ProgressBar bar;
    private final Queue<String> stay = new ConcurrentLinkedQueue<>();
    /** The bar's own thread draws it and must not wait. */
    private volatile String drawn = "";

    /**
     * Starts the line.
     *
     * @param from the steps that are done
     * @param to the steps in all
     */
    ProgressLine(Console console, long from, long to) {
        this.console = console;
        this.bar = new ProgressBarBuilder()
                .setInitialMax(to)
                .startsFrom(from, Duration.ZERO)
                .setUpdateIntervalMillis(250)
                .setConsumer(new ConsoleProgressBarConsumer(console.err(), width()) {
                    @Override
                    public void accept(String line) {
                        show(line);
                    }

                    // It may not end the line after very short work; the other close does.
                    @Override
                    public void close() {}
                })
                .setRenderer((state, width) -> drawn)
                .build();
    }

    /** The characters that fit: one less than the terminal has, because some terminals wrap in the last column. */
    int width() {
        return console.columns() - 1;
    }

    private synchronized void show(String line) {
        for (String above = stay.poll(); above != null; above = stay.poll()) {
            console.err().print("\r" + fitted(above) + "\n");
        }
        console.err().print("\r" + fitted(line));
    }

    /** Pads or cuts a line to the width, so that it covers a longer one. */
    private String fitted(String words) {
        String line = Console.plain(words);
        return line.length() > width() ? line.substring(0, width()) : line + " ".repeat(width() - line.length());
    }

    /** Draws a line in place of the last one. */
    void draw(String line) {
        drawn = line;
    }

    /** Leaves a line above. */
    void leave(String line) {
        stay.add(line);
    }

    /** Sets the steps that are done. */
    void stepTo(long step) {
        bar.stepTo(step);
    }

    @Override
    public void close() {
        bar.close();
        show(drawn);
        console.err().println();
    }
}
