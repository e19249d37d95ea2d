package org.unipelt.download;

import java.nio.file.Path;

/** An event of a download, for progress bars and logs. */
public sealed interface DownloadEvent {
    /**
     * It is known what to download; nothing large has been downloaded yet.
     *
     * @param name the name as the user gave it
     * @param host the host of the hub
     * @param commit the commit whose files these are
     * @param files number of files that the cache lacks
     * @param bytes their size
     * @param present how many of these bytes an earlier download left
     * @param cache the cache's folder
     */
    record Began(String name, String host, String commit, int files, long bytes, long present, Path cache)
            implements DownloadEvent {}

    /**
     * Bytes arrived.
     *
     * @param present the bytes that are there now
     * @param bytes the bytes in all
     */
    record Advanced(long present, long bytes) implements DownloadEvent {}

    /** Every file is there, and its hash is the hub's. */
    record Ended(Path folder) implements DownloadEvent {}

    /** Something that a user should know, such as a wait; one line. */
    record Remark(String line) implements DownloadEvent {}

    /** Receives the events, in the thread that downloads. */
    @FunctionalInterface
    interface Listener {
        /** Ignores every event. */
        Listener NONE = event -> {};

        /** Receives an event. An exception ends the download; it can be continued. */
        void on(DownloadEvent event);
    }
}
