package org.unipelt.cli;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.unipelt.download.DownloadEvent;
import org.unipelt.download.Hub;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;

/** Tells of a download: what, from where and how large; then how far it is, and the time left. */
final class DownloadProgress implements DownloadEvent.Listener, AutoCloseable {
    private static final int BAR = 20;
    /** Where the output is no terminal, a line for each of these shares of a download. */
    private static final int PARTS = 10;

    private static final Duration SURE = Duration.ofMillis(500);

    private final Console console;
    private final Thread stopped;
    private DownloadEvent.@Nullable Began began;
    private @Nullable ProgressLine bar;
    private long startedAt;
    private long part;

    DownloadProgress(Console console) {
        this.console = console;
        // Ctrl-C ends the process at once: all that has arrived is on the disk.
        this.stopped = new Thread(
                () -> {
                    if (console.terminal()) {
                        console.err().println();
                    }
                    console.say("stopped; the same command continues the download");
                },
                "download");
    }

    /** Opens a base model. Tells of its download if the cache lacks it. */
    static BaseModel open(String model, Compute compute, Console console) {
        try (DownloadProgress progress = new DownloadProgress(console)) {
            return BaseModel.open(model, compute, Hub.ofEnvironment().withListener(progress));
        }
    }

    @Override
    public void on(DownloadEvent event) {
        if (event instanceof DownloadEvent.Began begin) {
            begin(begin);
        } else if (event instanceof DownloadEvent.Advanced advanced) {
            advance(advanced);
        } else if (event instanceof DownloadEvent.Remark remark) {
            if (bar == null) {
                console.say(remark.line());
            } else {
                bar.leave(remark.line());
            }
        } else if (event instanceof DownloadEvent.Ended) {
            close();
        }
    }

    private void begin(DownloadEvent.Began begin) {
        began = begin;
        startedAt = System.nanoTime();
        part = begin.present() * PARTS / Math.max(1, begin.bytes());
        console.say("fetch   " + begin.name() + " from " + begin.host() + ": " + begin.files()
                + (begin.files() == 1 ? " file, " : " files, ") + size(begin.bytes())
                + (begin.present() > 0 ? " (" + size(begin.present()) + " of them are there already)" : "") + ", into "
                + begin.cache());
        Runtime.getRuntime().addShutdownHook(stopped);
        if (console.terminal()) {
            bar = new ProgressLine(console, begin.present(), begin.bytes());
        }
    }

    private void advance(DownloadEvent.Advanced advanced) {
        // Without a beginning it is one of the small files that name others.
        if (began == null) {
            return;
        }
        long there = advanced.present();
        long now = there * PARTS / Math.max(1, advanced.bytes());
        if (bar != null) {
            bar.draw(line(began, there));
            bar.stepTo(there);
        } else if (now > part) {
            part = now;
            console.say(line(began, there));
        }
    }

    /** How far the download is. */
    private String line(DownloadEvent.Began began, long there) {
        long bytes = Math.max(1, began.bytes());
        int full = (int) (BAR * Math.min(there, bytes) / bytes);
        Duration spent = Duration.ofNanos(System.nanoTime() - startedAt);
        long arrived = Math.max(0, there - began.present());
        // The first moments say nothing of the speed.
        String speed = arrived == 0 || spent.compareTo(SURE) < 0
                ? ""
                : "  " + size(arrived * 1000 / Math.max(1, spent.toMillis())) + "/s  "
                        + TrainingProgress.clock(
                                spent.multipliedBy(Math.max(0, bytes - there)).dividedBy(arrived))
                        + " left";
        return "fetch   " + size(there) + " of " + size(bytes)
                + (console.terminal() ? " [" + "#".repeat(full) + ".".repeat(BAR - full) + "]" : ",")
                + (there >= bytes ? "  checking" : speed);
    }

    /** A number of bytes for people. */
    static String size(long bytes) {
        return bytes < 1_000_000
                ? String.format(Locale.ROOT, "%d kB", (bytes + 999) / 1000)
                : bytes < 1_000_000_000
                        ? String.format(Locale.ROOT, "%d MB", (bytes + 500_000) / 1_000_000)
                        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }

    @Override
    public void close() {
        if (began == null) {
            return;
        }
        began = null;
        if (bar != null) {
            bar.close();
            bar = null;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(stopped);
        } catch (IllegalStateException e) {
            // The process is ending: it says so.
        }
    }
}
