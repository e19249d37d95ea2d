package org.unipelt.interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.unipelt.download.HubName;
import org.unipelt.hub.BaseModel;

/**
 * A base model as Python's libraries open it.
 *
 * @param name a repository of the hub, or a folder
 * @param revision its revision; empty for the usual one
 */
record PeerBase(String name, Optional<String> revision) {
    static PeerBase of(BaseModel base) {
        return named(base.peerName());
    }

    /** The base model with a folder's name, or with one of the hub, which may end in its revision. */
    static PeerBase named(String name) {
        Optional<HubName> hub = Files.isDirectory(Path.of(name)) ? Optional.empty() : HubName.parse(name);
        return new PeerBase(
                hub.map(HubName::repository).orElse(name),
                hub.map(HubName::revision).filter(revision -> !revision.equals(HubName.MAIN)));
    }

    /** The arguments that open it. */
    String arguments() {
        return TheirFolder.quoted(name)
                + revision.map(commit -> ", revision=" + TheirFolder.quoted(commit))
                        .orElse("");
    }
}
