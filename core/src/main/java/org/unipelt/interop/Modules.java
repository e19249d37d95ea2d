package org.unipelt.interop;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.unipelt.backbone.Site;
import org.unipelt.hub.BaseModel;

/**
 * The modules of a base model, by the names that Python's libraries have for them: those of its files, e.g. {@code
 * bert.encoder.layer.0.attention.self.query}. Files of adapters may leave out the family's prefix, {@code bert.}; it is
 * left out here.
 */
final class Modules {
    private static final String WEIGHT = ".weight";

    private final BaseModel base;
    private final Map<String, Site> sites = new LinkedHashMap<>();

    Modules(BaseModel base) {
        this.base = base;
        base.backbone().sites().all().stream()
                .filter(site -> site.place().isProjection())
                .forEach(site -> sites.put(of(site), site));
    }

    /** The module of a projection. */
    String of(Site site) {
        return of(base.backbone().sites().map(site).name());
    }

    /** The module of one of the backbone's maps or norms. */
    String of(String map) {
        String named = base.nameInFiles(map + WEIGHT);
        return bare(named.substring(0, named.length() - WEIGHT.length()));
    }

    /** A name without the family's prefix. */
    String bare(String name) {
        String prefix = base.family().prefix();
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    /** A module's name with the prefix. */
    String whole(String module) {
        return base.family().prefix() + module;
    }

    /** The projection that is a module of its own; empty for other modules, and for a map that holds several. */
    Optional<Site> site(String module) {
        return Optional.ofNullable(sites.get(module))
                .filter(site -> base.backbone().sites().out(site)
                        == base.backbone()
                                .weights()
                                .get(base.backbone().sites().map(site).weight())
                                .size(0));
    }

    /** Every module that is a projection. */
    Set<String> projections() {
        return sites.keySet();
    }
}
