package org.unipelt.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;

/**
 * Where results go. What cannot be written ends the command by an {@link Unwritten}; a {@code PrintStream} alone would go
 * on and say nothing.
 */
final class ResultStream extends OutputStream {
    /** Results that nobody gets. */
    static final class Unwritten extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Unwritten(IOException cause) {
            super(cause.getMessage(), cause);
        }

        /** Whether the reader had enough, as {@code head} has after ten lines. */
        boolean readerHasGone() {
            return getMessage() != null && getMessage().toLowerCase(Locale.ROOT).contains("pipe");
        }
    }

    /** Something to be written. */
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

    /** Once: whoever ends the command may still flush. */
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
