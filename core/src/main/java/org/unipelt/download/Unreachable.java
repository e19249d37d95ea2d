package org.unipelt.download;

import org.jspecify.annotations.Nullable;

/** The hub cannot be asked, so only the cache is left. The message says why, as part of a line. */
public final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreachable(String why, @Nullable Throwable cause) {
        super(why, cause);
    }
}
