package org.unipelt.backbone;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy.FeedForward;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.tensor.Weights;

/**
 * The sites of a backbone, with their widths and the weights behind them. A backbone lists them once; methods, weight
 * shapes and the pass read the list. Immutable, so any number of threads may share it.
 */
public final class Sites {
    /**
     * What is at a site.
     *
     * @param in width of the input: a projection's, or the sub-layer's
     * @param out width of the representation itself
     * @param map the linear map behind a projection's site; none elsewhere
     */
    private record Entry(int in, int out, Optional<MapSlice> map) {}

    /** Finds the linear map behind a projection's site, in a checkpoint of a family. */
    @FunctionalInterface
    public interface Maps {
        /**
         * The map.
         *
         * @param rows how many rows it has: the width of the projection's output
         */
        MapSlice of(Site site, int rows);
    }

    private final Map<Site, Entry> entries = new LinkedHashMap<>();

    /** Begins without sites. */
    public Sites() {}

    /** Lists every site of a backbone. */
    public static Sites of(Anatomy anatomy, Maps maps) {
        Sites sites = new Sites();
        int hidden = anatomy.hidden();
        Part first = anatomy.stacks().get(0).part();
        sites.state(new Site(first, 0, Place.EMBEDDINGS), anatomy.embedding(), anatomy.embedding());
        for (Stack stack : anatomy.stacks()) {
            for (int layer = 0; layer < stack.layers(); layer++) {
                sites.attention(stack.part(), layer, hidden, stack.heads(), maps);
                if (stack.feedForward().isPresent()) {
                    sites.feedForward(
                            stack.part(), layer, hidden, stack.feedForward().get(), maps);
                }
            }
        }
        return sites;
    }

    private void attention(Part part, int layer, int hidden, Heads heads, Maps maps) {
        int shared = heads.keys() * heads.size();
        projection(new Site(part, layer, Place.QUERY), hidden, heads.width(), maps);
        projection(new Site(part, layer, Place.KEY), hidden, shared, maps);
        projection(new Site(part, layer, Place.VALUE), hidden, shared, maps);
        state(new Site(part, layer, Place.KEYS_AND_VALUES), hidden, heads.width());
        state(new Site(part, layer, Place.HEADS), hidden, heads.width());
        projection(new Site(part, layer, Place.ATTENTION_OUT), heads.width(), hidden, maps);
        state(new Site(part, layer, Place.ATTENTION), hidden, hidden);
    }

    private void feedForward(Part part, int layer, int hidden, FeedForward parts, Maps maps) {
        projection(new Site(part, layer, Place.FFN_UP), hidden, parts.intermediate(), maps);
        if (parts.gated()) {
            projection(new Site(part, layer, Place.FFN_GATE), hidden, parts.intermediate(), maps);
        }
        state(new Site(part, layer, Place.FFN_INNER), parts.intermediate(), parts.intermediate());
        projection(new Site(part, layer, Place.FFN_DOWN), parts.intermediate(), hidden, maps);
        state(new Site(part, layer, Place.FFN), hidden, hidden);
    }

    private void state(Site site, int in, int out) {
        entries.put(site, new Entry(in, out, Optional.empty()));
    }

    private void projection(Site site, int in, int out, Maps maps) {
        entries.put(site, new Entry(in, out, Optional.of(maps.of(site, out))));
    }

    /** All sites, in the order in which they were added. */
    public Set<Site> all() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /** The sites of a part with one of these places, layer by layer. */
    public List<Site> of(Part part, Collection<Place> places) {
        int layers = entries.keySet().stream()
                .filter(site -> site.part() == part)
                .mapToInt(site -> site.layer() + 1)
                .max()
                .orElse(0);
        return IntStream.range(0, layers)
                .boxed()
                .flatMap(layer -> places.stream().map(place -> new Site(part, layer, place)))
                .filter(entries::containsKey)
                .toList();
    }

    /** The sites of all parts with one of these places: the encoder's, the decoder's, then those of cross-attention. */
    public List<Site> of(Collection<Place> places) {
        return Stream.of(Part.values())
                .flatMap(part -> of(part, places).stream())
                .toList();
    }

    /**
     * The sites of all parts with one of these places, which must all be there.
     *
     * @param method the method that changes them, for the message
     * @throws InputException if this backbone has no site at one of the places
     */
    public List<Site> require(Collection<Place> places, String method) {
        for (Place place : places) {
            if (of(List.of(place)).isEmpty()) {
                throw new InputException(method + ": this base model has no " + place.text() + "; leave it out of on="
                        + places.stream().map(Place::text).collect(Collectors.joining("+")));
            }
        }
        return of(places);
    }

    /**
     * Demands that each projection has a weight of its own, so that a change of one layer can become part of it.
     *
     * @param method the method to merge, for the message
     * @throws InputException if layers share weights
     */
    public void requireUnshared(String method) {
        List<MapSlice> maps =
                entries.values().stream().flatMap(entry -> entry.map().stream()).toList();
        if (maps.size() > Set.copyOf(maps).size()) {
            throw new InputException(method + " cannot be merged into this base model: its layers share their weights,"
                    + " and each has its own change");
        }
    }

    /** Width of a site's input: a projection's, or the sub-layer's. */
    public int in(Site site) {
        return entry(site).in();
    }

    /** Width of the representation at a site. */
    public int out(Site site) {
        return entry(site).out();
    }

    /** The linear map behind a projection's site. */
    public MapSlice map(Site site) {
        return entry(site).map().orElseThrow(() -> new IllegalArgumentException(site + " is no projection"));
    }

    private Entry entry(Site site) {
        Entry entry = entries.get(site);
        if (entry == null) {
            throw new IllegalArgumentException("this backbone has no site " + site);
        }
        return entry;
    }

    /** The linear maps behind all projections, each once. */
    Set<MapSlice> slices() {
        return entries.values().stream()
                .flatMap(entry -> entry.map().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The names of the weights and biases behind all projections, as far as {@code weights} has them. */
    public List<String> maps(Weights weights) {
        return entries.values().stream()
                .flatMap(entry -> entry.map().stream())
                .flatMap(map -> Stream.of(map.weight(), map.bias()))
                .distinct()
                .filter(weights::has)
                .toList();
    }
}
