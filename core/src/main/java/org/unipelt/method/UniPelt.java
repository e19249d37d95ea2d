package org.unipelt.method;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * UniPELT (Mao et al. 2022, section 3): several methods as sub-modules of one model. Each has its own gates, which
 * learn for each example and layer how much of the change is let in.
 *
 * <pre>
 *   sub-module's input ─┬─▶ gate ─▶ g ──┐
 *                       └─▶ change ───▶ · ─▶ into the frozen network
 * </pre>
 *
 * {@code gate=own} is the paper's; {@code gate=none} combines the methods as they are (the paper's "NoGate");
 * {@code gate=central} is the release's experiment: one map d ─▶ 2 per layer, relu, mean over tokens, softmax; its
 * first value is the gate of LoRA, its second that of the prefix, and every other sub-module keeps its own gates.
 * {@code open} is the initial value of own gates, about, one half in the paper: one number, or one for each sub-module,
 * {@code open=0.9+0.1}. {@code average=none} gives every token its own gate, and {@code temperature} divides the
 * sigmoid's input.
 *
 * <p>Only an encoder has gates. A gate is a mean over all tokens of a text. In a decoder it would see words that are
 * not generated yet, and it would change at every step, so no earlier key or value could be kept. Sub-modules of a
 * decoder and of its attention to the encoder apply their own fixed scale. The release has no such gates either.
 */
record UniPelt(List<Method> submodules, Gating gate, Gate.Average average, List<Double> open, double temperature)
        implements Method {
    /** Where the gates come from. */
    enum Gating {
        OWN,
        NONE,
        CENTRAL
    }

    /** Begins the names of the gates' parameters. */
    private static final String GATE = "gate.";

    /** The initial value of the paper's gates. */
    private static final List<Double> HALF = List.of(0.5);

    private static final List<String> CENTRALLY_GATED = List.of("lora", "prefix");

    UniPelt {
        Set<String> names = new HashSet<>();
        if (submodules.isEmpty()) {
            throw new InputException("unipelt needs methods to combine, e.g. 'unipelt(adapter,prefix,lora)'");
        }
        for (Method submodule : submodules) {
            String name = submodule.name();
            submodule.whyAlone().ifPresent(reason -> {
                throw new InputException("unipelt cannot combine '" + name + "': " + reason);
            });
            if (!names.add(name)) {
                throw new InputException("unipelt holds '" + name + "' twice; give one "
                        + (submodule instanceof Adapter
                                ? "of them another name, e.g. 'modification(form=bottleneck,name=second)'"
                                : "with all its options"));
            }
        }
        if (gate != Gating.OWN && !open.equals(HALF)) {
            throw new InputException(
                    "open= is where a sub-module's own gates begin; with gate=" + Options.word(gate) + " leave it out");
        }
        if (open.size() != 1 && open.size() != submodules.size()) {
            throw new InputException("unipelt: open= takes one number, or one for each of its " + submodules.size()
                    + " methods, got " + open.size());
        }
        if (gate != Gating.OWN && temperature != 1) {
            throw new InputException("temperature= belongs to a sub-module's own gates; with gate=" + Options.word(gate)
                    + " leave it out");
        }
        if (gate != Gating.OWN && average == Gate.Average.NONE) {
            throw new InputException(
                    "average=none gives every token its own gate; with gate=" + Options.word(gate) + " leave it out");
        }
        if (gate == Gating.CENTRAL && !names.containsAll(CENTRALLY_GATED)) {
            throw new InputException("gate=central divides one softmax between lora and prefix; unipelt needs both");
        }
        for (Method submodule : submodules) {
            if (gate == Gating.CENTRAL && submodule instanceof Lora lora && !lora.readsLayerInput()) {
                throw new InputException("gate=central reads the layer's input; lora needs projections of it"
                        + " (query, key, value), got on=" + Options.places(lora.on()));
            }
        }
        submodules = List.copyOf(submodules);
        open = List.copyOf(open);
    }

    static UniPelt of(Options options) {
        Gating gate = options.choice("gate", Gating.OWN);
        Gate.Average average = options.choice("average", Gate.Average.REAL);
        List<Double> open = options.numbers("open", HALF.get(0), 0.01, 1);
        double temperature = options.number("temperature", 1, 0.001, 1000);
        return new UniPelt(options.methods(), gate, average, open, temperature);
    }

    @Override
    public String name() {
        return "unipelt";
    }

    @Override
    public Optional<String> whyAlone() {
        return Optional.of("it is a combination itself; list its methods instead");
    }

    @Override
    public String modifies() {
        return submodules.stream().map(Method::modifies).collect(Collectors.joining("; "))
                + (gate == Gating.NONE ? "; no gates" : "; gated");
    }

    @Override
    public Map<Place, List<String>> attachments() {
        Map<Place, List<String>> attachments = new EnumMap<>(Place.class);
        for (Method submodule : submodules) {
            submodule.attachments().forEach((place, names) -> attachments
                    .computeIfAbsent(place, p -> new ArrayList<>())
                    .addAll(names));
        }
        return attachments;
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        List<Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < submodules.size(); i++) {
            Method submodule = submodules.get(i);
            parameters.addAll(submodule.parameters(backbone));
            if (hasOwnGates(submodule)) {
                double begin = open.get(open.size() == 1 ? 0 : i);
                for (Site site : gated(submodule, backbone)) {
                    parameters.addAll(Gate.parameters(
                            gateName(submodule, site), 1, backbone.sites().in(site), begin, temperature));
                }
            }
        }
        if (gate == Gating.CENTRAL) {
            for (Site site : centrallyGated(backbone)) {
                parameters.addAll(Gate.parameters(
                        centralName(site.layer()),
                        CENTRALLY_GATED.size(),
                        backbone.sites().in(site),
                        HALF.get(0),
                        1));
            }
        }
        return parameters;
    }

    /** The attention of each layer in which a sub-module asks the central gate. */
    private List<Site> centrallyGated(Backbone backbone) {
        Set<Integer> layers = submodules.stream()
                .filter(submodule -> CENTRALLY_GATED.contains(submodule.name()))
                .flatMap(submodule -> gated(submodule, backbone).stream())
                .map(Site::layer)
                .collect(Collectors.toSet());
        return backbone.sites().of(Part.ENCODER, List.of(Place.ATTENTION)).stream()
                .filter(site -> layers.contains(site.layer()))
                .toList();
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {
        for (Method submodule : submodules) {
            submodule.modify(
                    to, adapterWeights, backbone, pass.gated(gates(submodule, adapterWeights, pass.observer())));
        }
    }

    /** The sites of a sub-module that have a gate. */
    private static List<Site> gated(Method submodule, Backbone backbone) {
        return submodule.gateSites(backbone).stream()
                .filter(site -> site.part() == Part.ENCODER)
                .toList();
    }

    private Gates gates(Method submodule, Weights adapterWeights, MethodObserver observer) {
        if (gate == Gating.NONE) {
            return Gates.NONE;
        }
        return (site, input, attentionMask) -> {
            if (site.part() != Part.ENCODER) {
                return Optional.empty();
            }
            Tensor value = hasOwnGates(submodule)
                    ? Gate.value(
                            gateName(submodule, site), adapterWeights, input, attentionMask, average(site), temperature)
                    : centralValue(
                            CENTRALLY_GATED.indexOf(submodule.name()),
                            site.layer(),
                            adapterWeights,
                            input,
                            attentionMask);
            Tensor perText = average == Gate.Average.NONE ? Gate.mean(value, attentionMask, Gate.Average.REAL) : value;
            observer.gate(submodule.name(), site, perText.flatten(0, 2));
            return Optional.of(value);
        };
    }

    /** Added keys and values belong to no token, so a text has one gate for them. */
    private Gate.Average average(Site site) {
        return average == Gate.Average.NONE && site.place() == Place.KEYS_AND_VALUES ? Gate.Average.REAL : average;
    }

    private Tensor centralValue(int entry, int layer, Weights adapterWeights, Tensor input, Tensor attentionMask) {
        Tensor perToken = torch.relu(Dense.apply(input, centralName(layer), adapterWeights));
        return torch.softmax(Gate.mean(perToken, attentionMask, average), -1).narrow(2, entry, 1);
    }

    private boolean hasOwnGates(Method submodule) {
        return switch (gate) {
            case OWN -> true;
            case NONE -> false;
            case CENTRAL -> !CENTRALLY_GATED.contains(submodule.name());
        };
    }

    private static String gateName(Method submodule, Site site) {
        return GATE + submodule.name() + "." + site;
    }

    private static String centralName(int layer) {
        return GATE + "central.layer." + layer;
    }

    /** The gates. What a text needs of a sub-module depends on the task; what the sub-module does need not. */
    @Override
    public List<String> taskParameters(Backbone backbone) {
        return parameters(backbone).stream()
                .map(Parameter::name)
                .filter(name -> name.startsWith(GATE))
                .toList();
    }

    @Override
    public boolean isGated() {
        return gate != Gating.NONE;
    }

    @Override
    public boolean readsPadding() {
        return (gate != Gating.NONE && average == Gate.Average.ALL) || Method.super.readsPadding();
    }

    @Override
    public Method saved() {
        return new UniPelt(submodules.stream().map(Method::saved).toList(), gate, average, open, temperature);
    }

    @Override
    public Map<String, Tensor> save(Weights adapterWeights, Backbone backbone) {
        Map<String, Tensor> saved = new LinkedHashMap<>(adapterWeights.select(taskParameters(backbone)));
        submodules.forEach(submodule -> saved.putAll(submodule.save(adapterWeights, backbone)));
        return saved;
    }

    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        boolean gated = submodules.stream()
                .anyMatch(submodule -> !gated(submodule, backbone).isEmpty());
        if (gated && gate != Gating.NONE) {
            throw new InputException(
                    "a gated model cannot be merged into the weights: its gates take another value for every text");
        }
        Map<String, Tensor> merged = new LinkedHashMap<>();
        for (Method submodule : submodules) {
            submodule.merge(adapterWeights, backbone).forEach((name, weight) -> {
                if (merged.put(name, weight) != null) {
                    throw new InputException(
                            "this combination cannot be merged into the weights: two of its methods change " + name);
                }
            });
        }
        return merged;
    }

    @Override
    public double learningRate() {
        return submodules.stream().anyMatch(UniPelt::isHeEtAls) ? 1e-4 : 5e-4;
    }

    /** Combinations of these are He et al.'s, who train more slowly than UniPELT's authors. */
    private static boolean isHeEtAls(Method submodule) {
        return (submodule instanceof Adapter adapter && adapter.insert() == Insertion.PARALLEL)
                || (submodule instanceof Prefix prefix && prefix.init() == Prefix.Start.TORCH);
    }

    @Override
    public HeadTraining releaseHead() {
        return submodules.stream().map(Method::releaseHead).max(Enum::compareTo).orElseThrow();
    }

    @Override
    public String toString() {
        return submodules.stream().map(Method::toString).collect(Collectors.joining(",", "unipelt(", "")) + ",gate="
                + Options.word(gate) + ",average=" + Options.word(average)
                // Left out at its default, so texts are the same as before the option existed.
                + (open.equals(HALF)
                        ? ""
                        : ",open=" + open.stream().map(Options::number).collect(Collectors.joining("+")))
                + (temperature == 1 ? "" : ",temperature=" + Options.number(temperature)) + ")";
    }
}
