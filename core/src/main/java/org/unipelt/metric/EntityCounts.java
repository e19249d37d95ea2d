package org.unipelt.metric;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How many entities of each type texts have, how many were found, and how many of these are right: the source of the
 * metrics for entities. A found entity is right if its text has one of the same type with the same ends.
 */
public final class EntityCounts {
    private static final class Count {
        private long right;
        private long there;
        private long found;

        private double precision() {
            return share(right, found);
        }

        private double recall() {
            return share(right, there);
        }

        private double f1() {
            return share(2 * right, found + there);
        }

        private static double share(long part, long all) {
            return all == 0 ? 0 : (double) part / all;
        }
    }

    private final Map<String, Count> byType = new TreeMap<>();
    private final Count all = new Count();

    private EntityCounts() {}

    /**
     * Counts the entities of texts.
     *
     * @param found what was found in each text
     * @param gold what is right in each text, in the same order
     * @throws IllegalArgumentException if the lengths differ or there is no text
     */
    public static EntityCounts of(List<? extends Collection<Entity>> found, List<? extends Collection<Entity>> gold) {
        if (found.size() != gold.size() || gold.isEmpty()) {
            throw new IllegalArgumentException(found.size() + " predictions for " + gold.size() + " examples");
        }
        EntityCounts counts = new EntityCounts();
        for (int text = 0; text < gold.size(); text++) {
            Set<Entity> right = new HashSet<>(gold.get(text));
            right.forEach(entity -> counts.add(entity, 0, 1, 0));
            for (Entity entity : new HashSet<>(found.get(text))) {
                counts.add(entity, right.contains(entity) ? 1 : 0, 0, 1);
            }
        }
        return counts;
    }

    private void add(Entity entity, int right, int there, int found) {
        for (Count count : List.of(all, byType.computeIfAbsent(entity.label(), type -> new Count()))) {
            count.right += right;
            count.there += there;
            count.found += found;
        }
    }

    double precision() {
        return all.precision();
    }

    double recall() {
        return all.recall();
    }

    double f1() {
        return all.f1();
    }

    /** The mean over the types that occur or were found; 0 if none did. */
    double macroF1() {
        return byType.values().stream().mapToDouble(Count::f1).average().orElse(0);
    }

    /**
     * Returns the scores of types.
     *
     * @param types the types, in the order of the result
     */
    public List<EntityScore> scores(List<String> types) {
        return types.stream()
                .map(type -> {
                    Count count = byType.getOrDefault(type, new Count());
                    return new EntityScore(
                            type, count.precision(), count.recall(), count.f1(), Math.toIntExact(count.there));
                })
                .toList();
    }
}
