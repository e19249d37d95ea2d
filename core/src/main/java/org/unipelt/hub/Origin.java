package org.unipelt.hub;

import java.util.Objects;
import java.util.Optional;

/**
 * Where a base model was published.
 *
 * @param repository its name on the hub, {@code org/name}
 * @param commit the commit of its files; empty for an embedded model
 * @param licence its SPDX name, if known
 */
public record Origin(String repository, Optional<String> commit, Optional<String> licence) {
    /** Checks that nothing is null. */
    public Origin {
        Objects.requireNonNull(repository, "repository is null");
        Objects.requireNonNull(commit, "commit is null");
        Objects.requireNonNull(licence, "licence is null");
    }
}
