package org.unipelt.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.MethodText;
import org.unipelt.tensor.Safetensors;

/**
 * Writes a folder of Python's peft: LoRA, LoRA with every bias, or (IA)³, with the head of a classifier.
 *
 * <pre>
 *   lora.layer.0.query.a   ─▶   base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight
 *   head.weight            ─▶   base_model.model.classifier.weight
 * </pre>
 *
 * <p>A head whose first map does what BERT's pooler does takes the pooler's place, as a module that peft saves whole.
 *
 * <p>peft has no gates, no bottleneck adapters and one method at a time. Its prefix-tuning and prompt tuning are other
 * functions than this library's.
 */
final class ToPeft {
    private static final String ROOT = "base_model.model.";

    /** Modules that peft saves by itself if the task is a classification. */
    private static final List<String> SAVED = List.of("classifier", "score");

    private static final String OTHER = "; take --format adapterhub";
    private static final String ELSEWHERE = "; take --format merged, for transformers alone";

    private final Export.Source source;
    private final BaseModel base;
    private final Backbone backbone;
    private final Modules modules;
    private final OwnHead own;

    private final Map<String, Tensor> theirs = new TreeMap<>();
    private final Map<String, Object> config = new TreeMap<>();

    private ToPeft(Export.Source source, OwnHead own) {
        this.source = source;
        this.base = source.base();
        this.backbone = base.backbone();
        this.modules = new Modules(base);
        this.own = own;
    }

    /**
     * Writes a model.
     *
     * @throws InputException if the library has no such model, with the reason
     */
    static void write(Export.Source source, Path into) {
        List<MethodText> members = members(source);
        ExportedHead head = ExportedHead.of(source);
        Optional<OwnHead> own = TheirHead.find(source.base());
        if (own.isEmpty() || (!head.is(own.get()) && !head.replacesThePooler(own.get()))) {
            throw head.isNot(own, source.base(), "peft", "adapterhub or merged");
        }
        new ToPeft(source, own.get()).write(members, head, new TheirFolder(into));
    }

    /** The methods at once, which are one, or LoRA and BitFit. */
    private static List<MethodText> members(Export.Source source) {
        MethodText text = MethodText.of(source.card().method().saved());
        boolean several = text.word().equals("unipelt");
        if (several && !text.value("gate").word().equals("none")) {
            throw new InputException("peft has no gates" + OTHER);
        }
        List<MethodText> members = several ? text.inner() : List.of(text);
        List<String> words = members.stream().map(MethodText::word).toList();
        for (MethodText member : members) {
            switch (member.word()) {
                case "lora", "ia3" -> {}
                case "bitfit" -> {
                    if (!words.contains("lora")) {
                        throw new InputException("peft has every bias only together with LoRA" + ELSEWHERE);
                    }
                }
                case "prefix" ->
                    throw new InputException("peft's prefix-tuning shifts the positions of the text's tokens, and this"
                            + " model's does not"
                            + (member.value("compose").word().equals("add") ? "" : OTHER));
                case "prompt" ->
                    throw new InputException("peft's prompt tuning shifts the positions of the text's tokens, and this"
                            + " model's does not");
                case "adapter", "houlsby" -> throw new InputException("peft has no bottleneck adapters" + OTHER);
                case "modification" ->
                    throw new InputException("peft has no adapters beside or behind a sub-layer"
                            + (member.value("form").word().equals("bottleneck") ? OTHER : ""));
                default -> throw new InputException("peft has no method '" + member.word() + "'" + ELSEWHERE);
            }
        }
        if (words.contains("lora") && words.contains("ia3")) {
            throw new InputException("peft has LoRA or (IA)3, not both at once" + ELSEWHERE);
        }
        return members;
    }

    private void write(List<MethodText> members, ExportedHead head, TheirFolder folder) {
        boolean biases = members.stream().anyMatch(member -> member.word().equals("bitfit"));
        for (MethodText member : members) {
            switch (member.word()) {
                case "lora" -> lora(member, biases);
                case "ia3" -> ia3(member);
                default -> {}
            }
        }
        if (biases) {
            biases();
        }
        Optional<String> pooler =
                own.pooler().map(modules::of).map(modules::whole).filter(map -> !head.is(own));
        head.named(pooler.or(own::dense), own.out()).forEach((name, tensor) -> theirs.put(ROOT + name, tensor));
        String module = own.out().replaceFirst("\\..*", "");
        List<String> saved = new ArrayList<>(SAVED.contains(module) ? SAVED : List.of(module));
        pooler.ifPresent(saved::add);
        PeerBase peer = PeerBase.of(base);
        config.put("base_model_name_or_path", peer.name());
        config.put("revision", peer.revision().orElse(null));
        config.put("task_type", "SEQ_CLS");
        config.put("modules_to_save", saved);
        config.put("inference_mode", true);
        config.put("exclude_modules", null);
        config.put("fan_in_fan_out", false);
        config.put("auto_mapping", null);
        config.put("peft_version", "0.21.0");
        folder.settings("adapter_config.json", config);
        Safetensors.write(folder.path().resolve("adapter_model.safetensors"), theirs, Map.of("format", "pt"));
        List<String> python = List.of(
                "import peft, transformers",
                "",
                "base = transformers.AutoModelForSequenceClassification.from_pretrained(",
                "    " + peer.arguments() + ", "
                        + TheirFolder.outputs(source.card().labels()) + ")",
                "model = peft.PeftModel.from_pretrained(base, \"FOLDER\")");
        folder.readme(source, new ModelCard.Peer(Export.Format.PEFT, "Python", python, List.of()));
    }

    private void lora(MethodText text, boolean biases) {
        Map<String, Site> targets = targets(text.value("on").places(), "lora", List.of("a", "b"));
        TopLayers top = TopLayers.of(text, backbone);
        List<Integer> layers = top.first() == 0 ? List.of() : top.numbers();
        boolean byLayer = !layers.isEmpty() && mean(shortNames(targets), layers, targets);
        targets.forEach((module, site) -> {
            String theirName = ROOT + modules.whole(module);
            theirs.put(theirName + ".lora_A.weight", tensor("lora." + site + ".a"));
            theirs.put(theirName + ".lora_B.weight", tensor("lora." + site + ".b"));
        });
        config.put("peft_type", "LORA");
        config.put("r", (int) text.value("rank").number());
        config.put("lora_alpha", TheirFolder.number(text.value("alpha").number()));
        config.put("lora_dropout", text.value("dropout").number());
        config.put("target_modules", byLayer ? shortNames(targets) : names(targets));
        config.put("bias", biases ? "all" : "none");
        config.put("init_lora_weights", true);
        config.put("use_rslora", false);
        config.put("use_dora", false);
        config.put("rank_pattern", Map.of());
        config.put("alpha_pattern", Map.of());
        config.put("layers_to_transform", byLayer ? layers : null);
        config.put("layers_pattern", null);
    }

    /** A target's own bias is inside peft's wrapper. */
    private void biases() {
        for (String name : backbone.weightShapes().keySet()) {
            if (name.endsWith(".bias")) {
                String module = modules.whole(modules.of(name.substring(0, name.length() - ".bias".length())));
                boolean wrapped = theirs.containsKey(ROOT + module + ".lora_A.weight");
                theirs.put(ROOT + module + (wrapped ? ".base_layer.bias" : ".bias"), tensor("bitfit." + name));
            }
        }
    }

    private void ia3(MethodText text) {
        Set<Place> on = text.value("on").places();
        if (on.contains(Place.FFN_INNER) && on.contains(Place.FFN_DOWN)) {
            throw new InputException(
                    "peft's (IA)3 rescales the input of a projection or its output, and this model has ffn-inner and"
                            + " ffn-down, both of the same one");
        }
        Map<String, Site> targets = targets(on, "ia3", List.of("scale"));
        Map<String, Site> inputs = new LinkedHashMap<>();
        targets.forEach((module, site) -> {
            boolean input = site.place() == Place.FFN_INNER;
            if (input) {
                inputs.put(module, site);
            }
            theirs.put(
                    ROOT + modules.whole(module) + ".ia3_l",
                    tensor("ia3." + site + ".scale").unsqueeze(input ? 0 : 1));
        });
        List<String> inner = names(inputs);
        Set<String> all = new TreeSet<>(inner);
        targets.keySet().removeAll(inputs.keySet());
        all.addAll(names(targets));
        config.put("peft_type", "IA3");
        config.put("target_modules", all);
        config.put("feedforward_modules", inner);
        config.put("init_ia3_weights", true);
    }

    private Tensor tensor(String name) {
        return Objects.requireNonNull(source.tensors().get(name));
    }

    /**
     * The modules that a method changes, each with the site that it is. A module may be that of several layers, if they
     * share their weights: then peft has one change for all of them.
     *
     * @param tensors the ends of the names of the method's tensors at a site
     */
    private Map<String, Site> targets(Set<Place> places, String method, List<String> tensors) {
        Map<String, Site> targets = new LinkedHashMap<>();
        Set<String> unchanged = new LinkedHashSet<>();
        for (Site site : backbone.sites().of(places)) {
            Site projection =
                    site.place() == Place.FFN_INNER ? new Site(site.part(), site.layer(), Place.FFN_DOWN) : site;
            String module = modules.of(projection);
            if (modules.sites(module).isEmpty()) {
                throw new InputException("peft changes whole modules, and '" + modules.whole(module)
                        + "' of this base model holds several projections" + ELSEWHERE);
            }
            if (!source.tensors().containsKey(method + "." + site + "." + tensors.get(0))) {
                unchanged.add(module);
                continue;
            }
            Site other = targets.putIfAbsent(module, site);
            for (String tensor : other == null ? List.<String>of() : tensors) {
                if (!tensor(method + "." + site + "." + tensor).equal(tensor(method + "." + other + "." + tensor))) {
                    throw sharedWeights("one for each");
                }
            }
        }
        if (targets.keySet().stream().anyMatch(unchanged::contains)) {
            throw sharedWeights("one for some");
        }
        return targets;
    }

    private static InputException sharedWeights(String what) {
        return new InputException("the layers of this base model share their weights, so peft has one change for all of"
                + " them, and this model has " + what);
    }

    /** Names that mean these modules and no others: short ones if there are, else whole ones. */
    private List<String> names(Map<String, Site> targets) {
        List<String> names = shortNames(targets);
        return mean(names, List.of(), targets)
                ? names
                : targets.keySet().stream().map(modules::whole).toList();
    }

    /** The names of these modules' places, which other modules may end in too. */
    private List<String> shortNames(Map<String, Site> targets) {
        Set<Place> places = EnumSet.noneOf(Place.class);
        targets.values().forEach(site -> places.add(site.place() == Place.FFN_INNER ? Place.FFN_DOWN : site.place()));
        return places.stream()
                .flatMap(place -> base.modules().of(place).stream())
                .sorted()
                .toList();
    }

    /**
     * Whether names mean these modules and no others.
     *
     * @param layers the layers that they are restricted to; empty for all
     */
    private boolean mean(List<String> names, List<Integer> layers, Map<String, Site> targets) {
        Set<String> wanted = new LinkedHashSet<>();
        targets.keySet().forEach(module -> wanted.add(modules.whole(module)));
        return linear().allMatch(module -> wanted.contains(module)
                == (names.stream().anyMatch(name -> module.equals(name) || module.endsWith("." + name))
                        && (layers.isEmpty() || FromPeft.isIn(layers, module))));
    }

    /** Every module that peft can change, in the head too. */
    private Stream<String> linear() {
        String weight = ".weight";
        Stream<String> inside = backbone.weights().names().stream()
                .filter(name ->
                        name.endsWith(weight) && backbone.weights().get(name).dim() == 2)
                .map(name -> modules.whole(modules.of(name.substring(0, name.length() - weight.length()))));
        return Stream.of(inside, own.dense().stream(), Stream.of(own.out())).flatMap(all -> all);
    }
}
