package org.unipelt.interop;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Site;
import org.unipelt.method.MethodText;

/**
 * The topmost layers of an encoder: other libraries list the layers that a method changes, or those that it leaves out; a
 * method's text here says {@code layers=top-4}.
 *
 * @param first the lowest of them; 0 if they are all
 * @param all how many layers the encoder has
 */
record TopLayers(int first, int all) {
    private static final String OPTION = "layers";
    private static final String TOP = "top-";

    /** The changed layers if they are the topmost; otherwise all, as a change of a layer may be zero. */
    static TopLayers of(Collection<Integer> changed, Backbone backbone) {
        int all = backbone.anatomy().layers(Part.ENCODER);
        int lowest = changed.stream().mapToInt(Integer::intValue).min().orElse(0);
        boolean topmost = backbone.anatomy().stacks().size() == 1
                && Set.copyOf(changed)
                        .equals(Set.copyOf(IntStream.range(lowest, all).boxed().toList()));
        return new TopLayers(topmost ? lowest : 0, all);
    }

    /** The layers that a method says. */
    static TopLayers of(MethodText method, Backbone backbone) {
        int all = backbone.anatomy().layers(Part.ENCODER);
        return new TopLayers(
                method.given().containsKey(OPTION)
                        ? all - Integer.parseInt(method.value(OPTION).word().substring(TOP.length()))
                        : 0,
                all);
    }

    boolean has(Site site) {
        return site.layer() >= first;
    }

    /** Their numbers. */
    List<Integer> numbers() {
        return IntStream.range(first, all).boxed().toList();
    }

    /** The numbers of the layers below. */
    List<Integer> below() {
        return IntStream.range(0, first).boxed().toList();
    }

    /** The option of a method's text; empty for all layers. */
    String option() {
        return first == 0 ? "" : "," + OPTION + "=" + TOP + (all - first);
    }
}
