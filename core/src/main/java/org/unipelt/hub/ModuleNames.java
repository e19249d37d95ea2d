package org.unipelt.hub;

import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;

/**
 * The names of a base model's linear maps in its files. In transformers the modules have the same names, so peft's {@code
 * target_modules} are made of them, e.g. {@code q_lin} for every {@code transformer.layer.#.attention.q_lin} of a
 * DistilBERT. They follow from the maps behind the sites and from the family's names.
 */
public final class ModuleNames {
    private static final String WEIGHT = ".weight";

    private final Map<String, List<Site>> sites = new LinkedHashMap<>();
    private final Map<Place, List<Site>> byPlace;

    /** Derives the names of a family's modules from the maps behind its projections. */
    static ModuleNames of(Family family, Sites sites) {
        return new ModuleNames(new FileNames(family, false), sites);
    }

    private ModuleNames(FileNames names, Sites all) {
        byPlace = all.all().stream()
                .filter(site -> site.place().isProjection())
                .collect(Collectors.groupingBy(Site::place, TreeMap::new, Collectors.toList()));
        byPlace.values()
                .forEach(same -> same.forEach(site -> {
                    String inFile = names.inFile(all.map(site).weight());
                    String module = inFile.substring(0, inFile.length() - WEIGHT.length());
                    sites.merge(module, List.of(site), (some, more) -> Stream.concat(some.stream(), more.stream())
                            .toList());
                }));
    }

    /**
     * Returns the sites behind each module, by the module's name without the prefix that files with a head have. A fused
     * map has several sites, and so has a map that layers share. Unmodifiable.
     */
    public Map<String, List<Site>> all() {
        return Collections.unmodifiableMap(sites);
    }

    /**
     * Returns the sites that a name of {@code target_modules} means by peft's rule: those of the modules whose name it
     * is, or whose name ends with a dot and it.
     */
    public List<Site> find(String name) {
        Objects.requireNonNull(name, "name is null");
        return sites.entrySet().stream()
                .filter(module ->
                        module.getKey().equals(name) || module.getKey().endsWith("." + name))
                .flatMap(module -> module.getValue().stream())
                .toList();
    }

    /**
     * Returns the places that a module's name means, if it means all sites of each; empty if no module has that name.
     *
     * @throws InputException if it means only some of a place's sites
     */
    public Set<Place> places(String name) {
        List<Site> found = find(name);
        Set<Place> places = EnumSet.noneOf(Place.class);
        found.forEach(site -> places.add(site.place()));
        for (Place place : places) {
            if (!found.containsAll(byPlace.get(place))) {
                throw new InputException("'" + name + "' means only some of the " + place.text()
                        + " projections of this base model; here " + place.text() + " means all of them");
            }
        }
        return places;
    }

    /** Returns the shortest name that means all sites of a projection's place, and as few others as possible. */
    public Optional<String> of(Place place) {
        List<Site> wanted = byPlace.getOrDefault(Objects.requireNonNull(place, "place is null"), List.of());
        return sites.entrySet().stream()
                .filter(module -> module.getValue().stream().anyMatch(wanted::contains))
                .findFirst()
                .map(Map.Entry::getKey)
                .flatMap(module -> {
                    List<String> parts = List.of(module.split("\\."));
                    return IntStream.rangeClosed(1, parts.size())
                            .mapToObj(last -> String.join(".", parts.subList(parts.size() - last, parts.size())))
                            .filter(name -> find(name).containsAll(wanted))
                            .min(Comparator.comparingInt(name -> find(name).size()));
                });
    }
}
