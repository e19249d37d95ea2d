package org.unipelt.backbone;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.unipelt.InputException;
import org.unipelt.tensor.Weights;

/** The shape of every weight that a backbone needs, by name: written down once, then compared with a checkpoint. */
public final class WeightShapes {
    /** The most layers that may share one set of weights; the largest ALBERTs have 24. */
    private static final int MOST_SHARING = 1000;

    private final Predicate<String> hasBias;
    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    /**
     * No shapes yet.
     *
     * @param hasBias whether a map or norm of that name has a bias
     */
    public WeightShapes(Predicate<String> hasBias) {
        this.hasBias = hasBias;
    }

    /** A table {@code [rows, width]}. */
    public WeightShapes table(String name, long rows, long width) {
        shapes.put(name, new long[] {rows, width});
        return this;
    }

    /** A linear map: weight {@code [out, in]} and bias {@code [out]}, if it has one. */
    public WeightShapes linear(String name, long out, long in) {
        return add(name, out, out, in);
    }

    /** A norm: weight and bias {@code [size]}, if it has one. */
    public WeightShapes norm(String name, long size) {
        return add(name, size, size);
    }

    /** A convolution over positions: weight {@code [out, in / groups, width]} and bias {@code [out]}, if it has one. */
    public WeightShapes convolution(String name, long out, long in, long groups, long width) {
        return add(name, out, out, in / groups, width);
    }

    private WeightShapes add(String name, long bias, long... weight) {
        shapes.put(name + ".weight", weight);
        if (hasBias.test(name)) {
            shapes.put(name + ".bias", new long[] {bias});
        }
        return this;
    }

    /**
     * The maps behind all projections, and the norm of each attention and feed-forward network. A fused map is as high
     * as its last slice.
     *
     * @param norms a norm's name by the site of what it normalises, without {@code .weight}
     */
    public WeightShapes of(Sites sites, Function<Site, String> norms, long hidden) {
        sites.all().forEach(site -> {
            if (site.place().isProjection()) {
                MapSlice map = sites.map(site);
                long[] known = shapes.getOrDefault(map.weight(), new long[] {0, 0});
                linear(map.name(), Math.max(known[0], map.from() + map.rows()), sites.in(site));
            } else if (site.place() == Place.ATTENTION || site.place() == Place.FFN) {
                norm(norms.apply(site), hidden);
            }
        });
        return this;
    }

    /** All shapes by name, in the order they were added; unmodifiable. */
    public Map<String, long[]> all() {
        return Collections.unmodifiableMap(shapes);
    }

    /**
     * Compares them with a checkpoint.
     *
     * @throws InputException if a weight is missing, unknown, or of another shape
     */
    public static void check(Map<String, long[]> shapes, Weights weights, String architecture) {
        for (String name : weights.names()) {
            if (!shapes.containsKey(name)) {
                throw new InputException(InputException.unknownAmongMany(
                                        "tensor in a " + architecture + " checkpoint", name, shapes.keySet())
                                .getMessage()
                        + " (config.json and weights of two models, or a buffer of another program's, without"
                        + " which the model is to be saved again)");
            }
        }
        TreeSet<String> missing = new TreeSet<>(shapes.keySet());
        missing.removeAll(weights.names());
        if (!missing.isEmpty()) {
            throw new InputException(
                    "the checkpoint lacks " + missing.size() + " tensor(s) that its config.json asks for,"
                            + " the first is '" + missing.first() + "'; is it complete?");
        }
        shapes.forEach((name, expected) -> {
            long[] found = weights.get(name).shape();
            if (!Arrays.equals(found, expected)) {
                throw new InputException("tensor '" + name + "' has shape " + Arrays.toString(found)
                        + " but config.json says " + Arrays.toString(expected));
            }
        });
    }

    /**
     * Refuses more layers than a checkpoint of that many tensors can have, before anything counts up to them.
     *
     * @throws InputException if there are fewer tensors than layers
     */
    public static void checkLayers(Anatomy anatomy, Weights weights) {
        int distinct = anatomy.stacks().stream()
                .mapToInt(Anatomy.Stack::distinct)
                .max()
                .orElse(0);
        int layers =
                anatomy.stacks().stream().mapToInt(Anatomy.Stack::layers).max().orElse(0);
        if (distinct > weights.names().size() || layers > MOST_SHARING * (long) distinct) {
            throw new InputException("config.json asks for " + layers + " layers, but the checkpoint holds only "
                    + weights.names().size() + " tensors; take both from the same model");
        }
    }
}
