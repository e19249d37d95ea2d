package org.unipelt.method;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Site;

/**
 * Which layers of an encoder a method changes, {@code layers=top-4}. Below the first of them the model is fixed: a training
 * computes it once for each text (Houlsby et al. 2019, section 3.6, find that the top layers matter most).
 *
 * @param top how many of the topmost; empty for all
 */
record LayerChoice(OptionalInt top) {
    /** Every layer; the only choice for models with a decoder. */
    static final LayerChoice ALL = new LayerChoice(OptionalInt.empty());

    private static final String OPTION = "layers";
    private static final String TOP = "top-";
    private static final String VALUES = "all, or the topmost ones as in top-4";

    /** Reads the option. */
    static LayerChoice of(Options options) {
        String text = options.word(OPTION, "all", VALUES);
        if (text.equals("all")) {
            return ALL;
        }
        if (text.matches(TOP + "[1-9][0-9]{0,3}")) {
            return new LayerChoice(OptionalInt.of(Integer.parseInt(text.substring(TOP.length()))));
        }
        throw options.wrong(OPTION, text, VALUES);
    }

    /** Adds the option to a method's text. Left out for all layers, so texts are the same as before the option existed. */
    void write(Map<String, ? super String> options) {
        top.ifPresent(count -> options.put(OPTION, TOP + count));
    }

    /** What to add to a description of what a method modifies. */
    String words() {
        return top.isEmpty() ? "" : " of the top " + (top.getAsInt() == 1 ? "layer" : top.getAsInt() + " layers");
    }

    /**
     * The first chosen layer of an encoder; 0 if all are.
     *
     * @param method for messages
     * @throws InputException if the backbone has fewer layers, or a decoder
     */
    int first(Backbone backbone, String method) {
        if (top.isEmpty()) {
            return 0;
        }
        if (backbone.anatomy().stacks().size() > 1) {
            throw new InputException(method + ": " + OPTION + "=" + TOP + top.getAsInt()
                    + " is for encoders, and this base model has a decoder; leave " + OPTION + " out");
        }
        int layers = backbone.anatomy().layers(Part.ENCODER);
        if (top.getAsInt() > layers) {
            throw new InputException(method + ": " + OPTION + "=" + TOP + top.getAsInt()
                    + " is not possible: this base model has " + layers + (layers == 1 ? " layer" : " layers"));
        }
        return layers - top.getAsInt();
    }

    /**
     * Those of some sites that are in chosen layers.
     *
     * @param method for messages
     * @throws InputException as {@link #first}
     */
    List<Site> of(List<Site> sites, Backbone backbone, String method) {
        int first = first(backbone, method);
        return sites.stream().filter(site -> site.layer() >= first).toList();
    }
}
