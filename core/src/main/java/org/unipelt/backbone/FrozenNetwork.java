package org.unipelt.backbone;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.PackedMap;
import org.unipelt.tensor.Weights;

/**
 * What every backbone holds, whatever its maths.
 *
 * @param anatomy the parts that it is made of
 * @param sites what methods may modify
 * @param weightShapes the shape of every frozen weight, in the checkpoint's order
 * @param weights the frozen weights, which belong to someone else
 * @param computed the same weights as a pass reads them
 * @param packed the maps of its sites in place of their weights, if it is for predicting only, as far
 *     as their packed products are right on this machine
 * @param compute what computes, on whose device the weights are
 */
public record FrozenNetwork(
        Anatomy anatomy,
        Sites sites,
        Map<String, long[]> weightShapes,
        Weights weights,
        Weights computed,
        Map<MapSlice, PackedMap> packed,
        Compute compute) {
    /**
     * Checks the weights and converts those that a pass needs in another type. If it is for predicting only, it frees the
     * plain weights of the maps that it packs.
     *
     * @param architecture for messages, e.g. {@code BERT}
     * @param tables names of weights of which a pass reads single rows; they keep their type
     * @param buffers shapes of tensors that a checkpoint may have besides the weights; nobody trains them
     * @throws InputException if a weight is missing, unknown or of another shape
     */
    public static FrozenNetwork of(
            String architecture,
            Anatomy anatomy,
            Sites sites,
            Map<String, long[]> weightShapes,
            Set<String> tables,
            Map<String, long[]> buffers,
            Weights weights,
            Compute compute) {
        Map<String, long[]> all = new LinkedHashMap<>(weightShapes);
        buffers.forEach((name, shape) -> {
            if (weights.has(name)) {
                all.put(name, shape);
            }
        });
        WeightShapes.check(all, weights, architecture);
        Weights computed = compute.precision().computed(weights, sites.maps(weights), tables);
        Map<MapSlice, PackedMap> packed = compute.packs() ? packed(sites, weights, computed, compute) : Map.of();
        return new FrozenNetwork(anatomy, sites, weightShapes, weights, computed, packed, compute);
    }

    private static Map<MapSlice, PackedMap> packed(Sites sites, Weights weights, Weights computed, Compute compute) {
        Map<MapSlice, PackedMap> packed = new LinkedHashMap<>();
        // The shapes for which packed maps are right, or not, on this machine.
        Map<List<Long>, Boolean> agreeing = new HashMap<>();
        // Several may be rows of one weight, which is freed after the last of them.
        Iterator<Map.Entry<String, List<MapSlice>>> left = sites.slices().stream()
                .collect(Collectors.groupingBy(MapSlice::weight, LinkedHashMap::new, Collectors.toList()))
                .entrySet()
                .iterator();
        while (left.hasNext()) {
            // As many at once as there are workers, so that no more is held twice.
            List<Callable<Map<MapSlice, PackedMap>>> round = new ArrayList<>();
            List<String> names = new ArrayList<>();
            while (left.hasNext() && round.size() < compute.atOnce()) {
                Map.Entry<String, List<MapSlice>> next = left.next();
                Tensor weight = computed.get(next.getKey());
                if (next.getValue().stream()
                        .allMatch(slice -> agreeing.computeIfAbsent(
                                List.of(slice.rows(), weight.size(1)), shape -> agrees(slice, weight, compute)))) {
                    names.add(next.getKey());
                    round.add(() -> packed(next.getValue(), weight, compute));
                }
            }
            compute.allUninterruptibly(round).forEach(packed::putAll);
            names.forEach(computed::free);
            names.forEach(weights::free);
        }
        return packed;
    }

    private static Map<MapSlice, PackedMap> packed(List<MapSlice> slices, Tensor weight, Compute compute) {
        try (PointerScope scope = new PointerScope()) {
            return slices.stream().collect(Collectors.toMap(slice -> slice, slice -> compute.packed(slice.of(weight))));
        }
    }

    private static boolean agrees(MapSlice slice, Tensor weight, Compute compute) {
        try (PointerScope scope = new PointerScope();
                PackedMap map = compute.packed(slice.of(weight))) {
            return map.agreesWith(slice.of(weight));
        }
    }

    /** A map in the form for predicting, if this network is for predicting only and the map belongs to a site. */
    Optional<PackedMap> packed(MapSlice map) {
        return Optional.ofNullable(packed.get(map));
    }

    /** Frees what it converted. */
    void close() {
        computed.close();
        packed.values().forEach(PackedMap::close);
    }
}
