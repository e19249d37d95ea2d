package org.unipelt.interop;

import java.util.List;
import java.util.Map;
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
    private final Map<String, List<Site>> sites;

    Modules(BaseModel base) {
        this.base = base;
        this.sites = base.modules().all();
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

    /**
     * The projections that a module is: one, or several whose layers share its weight. Empty for other modules, and for
     * one that holds several projections.
     */
    List<Site> sites(String module) {
        List<Site> found = sites.getOrDefault(module, List.of());
        long places = found.stream().map(Site::place).distinct().count();
        return places == 1 ? found : List.of();
    }
}
