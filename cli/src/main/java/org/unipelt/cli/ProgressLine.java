package org.unipelt.cli;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** The last line of a terminal, drawn again and again until closed. Lines that stay go above it. */
final class ProgressLine implements AutoCloseable {
    private final Console console;
    private final ProgressBar bar;
    private final Queue<String> stay = new ConcurrentLinkedQueue<>();
    /** A thread of its own draws it and must wait for nothing. */
    private volatile String drawn = "";

    /**
     * A line that shows how far something is.
     *
     * @param from where it begins
     * @param to where it ends
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

                    // It forgets the end of the line when the work is very short; see the other close.
                    @Override
                    public void close() {}
                })
                .setRenderer((state, width) -> drawn)
                .build();
    }

    /** Characters that fit, one less than the terminal has: in the last column some terminals begin a new line. */
    int width() {
        return console.columns() - 1;
    }

    private synchronized void show(String line) {
        for (String above = stay.poll(); above != null; above = stay.poll()) {
            console.err().print("\r" + fitted(above) + "\n");
        }
        console.err().print("\r" + fitted(line));
    }

    /** As wide as the terminal: it may cover a longer line. */
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

    /** Moves on. */
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
