package org.unipelt.backbone;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.unipelt.tensor.Weights;

/**
 * The sites that a backbone has, with their widths and the weights behind them. A backbone lists them once; methods, weight
 * shapes and the pass read the list.
 */
public final class Sites {
    /** The maps of an attention, in the order of their places. */
    private static final List<Place> INTO_ATTENTION = List.of(Place.QUERY, Place.KEY, Place.VALUE);

    /**
     * What is at a site.
     *
     * @param in width of what enters: a projection's input, or the sub-layer's input
     * @param out width of what the site gives
     * @param map the linear map behind a projection's site; none elsewhere
     */
    private record Entry(int in, int out, Optional<MapSlice> map) {}

    private final Map<Site, Entry> entries = new LinkedHashMap<>();

    /** Adds a representation that is no projection's. */
    public Sites state(Site site, int width) {
        entries.put(site, new Entry(width, width, Optional.empty()));
        return this;
    }

    /** Adds a projection; its map may be a slice of a fused one. */
    public Sites projection(Site site, int in, MapSlice map) {
        entries.put(site, new Entry(in, Math.toIntExact(map.rows()), Optional.of(map)));
        return this;
    }

    /**
     * Adds all sites of an attention with four whole maps from the hidden size to itself.
     *
     * @param names the maps' names, without {@code .weight}
     */
    public Sites attention(Part part, int layer, int hidden, Function<Site, String> names) {
        for (Place place : INTO_ATTENTION) {
            whole(new Site(part, layer, place), hidden, hidden, names);
        }
        state(new Site(part, layer, Place.KEYS_AND_VALUES), hidden);
        state(new Site(part, layer, Place.HEADS), hidden);
        whole(new Site(part, layer, Place.ATTENTION_OUT), hidden, hidden, names);
        return state(new Site(part, layer, Place.ATTENTION), hidden);
    }

    /**
     * Adds all sites of a feed-forward network with two whole maps.
     *
     * @param names the maps' names, without {@code .weight}
     */
    public Sites feedForward(Part part, int layer, int hidden, int intermediate, Function<Site, String> names) {
        whole(new Site(part, layer, Place.FFN_UP), hidden, intermediate, names);
        state(new Site(part, layer, Place.FFN_INNER), intermediate);
        whole(new Site(part, layer, Place.FFN_DOWN), intermediate, hidden, names);
        return state(new Site(part, layer, Place.FFN), hidden);
    }

    private void whole(Site site, int in, int out, Function<Site, String> names) {
        projection(site, in, new MapSlice(names.apply(site), 0, out));
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

    /** The sites of all parts with one of these places: the encoder's, the decoder's, those of cross-attention. */
    public List<Site> of(Collection<Place> places) {
        return Stream.of(Part.values())
                .flatMap(part -> of(part, places).stream())
                .toList();
    }

    /** Width of what enters a site: a projection's input, or the sub-layer's input. */
    public int in(Site site) {
        return entry(site).in();
    }

    /** Width of what a site gives. */
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

    /** The names of the weights and biases behind all projections, as far as there are such. */
    public List<String> maps(Weights weights) {
        return entries.values().stream()
                .flatMap(entry -> entry.map().stream())
                .flatMap(map -> Stream.of(map.weight(), map.bias()))
                .distinct()
                .filter(weights::has)
                .toList();
    }
}
