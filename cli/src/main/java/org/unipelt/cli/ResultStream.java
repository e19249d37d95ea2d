package org.unipelt.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;

/**
 * The stream of results. A write error ends the command with an {@link Unwritten}; a plain {@code PrintStream} would
 * ignore it.
 */
final class ResultStream extends OutputStream {
    /** Results could not be written. */
    static final class Unwritten extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Unwritten(IOException cause) {
            super(cause.getMessage(), cause);
        }

        /** Whether the reader stopped reading, as {@code head} does after ten lines. */
        boolean readerHasGone() {
            return getMessage() != null && getMessage().toLowerCase(Locale.ROOT).contains("pipe");
        }
    }

    @FunctionalInterface
    private interface Writing {
        void run() throws IOException;
    }

    private final OutputStream to;
    private boolean lost;

    ResultStream(OutputStream to) {
        this.to = to;
    }

    @Override
    public void write(int value) {
        demand(() -> to.write(value));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        demand(() -> to.write(bytes, offset, length));
    }

    @Override
    public void flush() {
        demand(to::flush);
    }

    /** Throws once only: the end of the command may still flush. */
    private void demand(Writing writing) {
        if (lost) {
            return;
        }
        try {
            writing.run();
        } catch (IOException e) {
            lost = true;
            throw new Unwritten(e);
        }
    }
}
