package org.unipelt.interop;

import java.util.Optional;
import org.unipelt.hub.BaseModel;
import org.unipelt.hub.Origin;

/**
 * A base model as Python's libraries open it.
 *
 * @param name a repository of the hub, or a folder
 * @param revision its commit, if it is known
 */
record PeerBase(String name, Optional<String> revision) {
    static PeerBase of(BaseModel base) {
        return new PeerBase(
                base.origin().map(Origin::repository).orElse(base.name()),
                base.origin().flatMap(Origin::commit));
    }

    /** The arguments that open it. */
    String arguments() {
        return TheirFolder.quoted(name)
                + revision.map(commit -> ", revision=" + TheirFolder.quoted(commit))
                        .orElse("");
    }
}
