package org.unipelt.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Site;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.MethodText;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.TorchFile;

/**
 * Writes a folder of AdapterHub's adapters: LoRA, prefix-tuning, bottleneck adapters, or several of them at once, with
 * or without gates.
 *
 * <pre>
 *   lora.layer.0.query.a                   ─▶   bert.encoder.layer.0.attention.self.query.loras.unipelt.lora_A
 *   adapter.layer.0.ffn.down.weight        ─▶   bert.encoder.layer.0.output.adapters.unipelt.adapter_down.0.weight
 *   prefix.flat                            ─▶   bert.prefix_tuning.prefix_tunings.unipelt.self_prefix.control_trans
 *   gate.prefix.layer.0….weight            ─▶   bert.encoder.layer.0….prefix_tuning.prefix_gates.unipelt.weight
 *   head.weight                            ─▶   classifier.weight                      in the head's own file
 * </pre>
 *
 * <p>The library reads {@code .bin} files unless it is told otherwise, so each file of tensors is written twice. A head
 * that the base model's own classifiers have becomes a static head, others a flexible one.
 */
final class ToAdapterHub {
    /** The adapter's name, which is part of every tensor's. */
    private static final String ADAPTER = "unipelt";

    /** What the files are like; the library treats folders of other versions differently. */
    private static final String VERSION = "adapters.1.2.0";

    private static final String ELSEWHERE = "; take --format merged, for transformers alone";

    private final Export.Source source;
    private final BaseModel base;
    private final Backbone backbone;
    private final Modules modules;
    private final AdapterHubNames names;

    private final Map<String, Tensor> theirs = new TreeMap<>();
    private boolean gates;
    private double temperature = 1;

    private ToAdapterHub(Export.Source source) {
        this.source = source;
        this.base = source.base();
        this.backbone = base.backbone();
        this.modules = new Modules(base);
        String type = base.family().modelType();
        if (!AdapterHubNames.modelTypes().contains(type)) {
            throw new InputException("an adapter for a model of type '" + type + "' cannot be written for AdapterHub;"
                    + " known: " + String.join(", ", AdapterHubNames.modelTypes()));
        }
        this.names = new AdapterHubNames(base, ADAPTER);
    }

    /**
     * Writes a model.
     *
     * @throws InputException if the library has no such model, with the reason
     */
    static void write(Export.Source source, Path into) {
        new ToAdapterHub(source).write(new TheirFolder(into));
    }

    private void write(TheirFolder folder) {
        ExportedHead head = ExportedHead.of(source);
        Map<String, Object> config = method();
        Optional<OwnHead> own = TheirHead.find(base);
        boolean isStatic = own.isPresent() && head.is(own.get());
        Map<String, Object> about = new TreeMap<>();
        about.put("hidden_size", backbone.anatomy().hidden());
        about.put("model_class", names.modelClass(isStatic ? "ForSequenceClassification" : "AdapterModel"));
        about.put("model_name", PeerBase.of(base).name());
        about.put("model_type", base.family().modelType());
        about.put("version", VERSION);

        Map<String, Object> headConfig = new TreeMap<>(about);
        Map<String, Tensor> headTensors;
        if (isStatic) {
            headTensors = head.named(own.get().dense(), own.get().out());
            headConfig.put("config", null);
            headConfig.put("name", null);
            headConfig.put("num_labels", head.outputs());
            headConfig.put("label2id", ids(head));
        } else {
            headTensors = flexible(head, own);
            headConfig.put("config", flexibleConfig(head));
            headConfig.put("name", ADAPTER);
        }
        about.put("config", config);
        about.put("name", ADAPTER);

        folder.settings("adapter_config.json", about);
        tensors(folder.path(), "pytorch_adapter.bin", "adapter.safetensors", theirs);
        folder.settings("head_config.json", headConfig);
        tensors(folder.path(), "pytorch_model_head.bin", "model_head.safetensors", headTensors);
        readme(folder, isStatic);
    }

    private static void tensors(Path folder, String bin, String safe, Map<String, Tensor> tensors) {
        TorchFile.write(folder.resolve(bin), tensors);
        Safetensors.write(folder.resolve(safe), tensors, Map.of());
    }

    private void readme(TheirFolder folder, boolean isStatic) {
        List<String> remarks = new ArrayList<>();
        if (gates) {
            remarks.add("Its gates average over all positions, so a text's answer depends on how far it is padded"
                    + source.card().inference().paddedLength().stream()
                            .mapToObj(length -> "; it was trained on texts padded to " + length + " tokens")
                            .collect(Collectors.joining())
                    + ".");
        }
        PeerBase peer = PeerBase.of(base);
        List<String> python = isStatic
                ? List.of(
                        "import adapters, transformers",
                        "",
                        "model = transformers.AutoModelForSequenceClassification.from_pretrained(",
                        "    " + peer.arguments() + ", "
                                + TheirFolder.outputs(source.card().labels()) + ")",
                        "adapters.init(model)",
                        "model.load_adapter(\"FOLDER\", set_active=True)")
                : List.of(
                        "import adapters",
                        "",
                        "model = adapters.AutoAdapterModel.from_pretrained(" + peer.arguments() + ")",
                        "model.load_adapter(\"FOLDER\", set_active=True)");
        folder.readme(source, new ModelCard.Peer(Export.Format.ADAPTERHUB, "Python", python, remarks));
    }

    /** The numbers of the classes' names; those of a score are the library's own. */
    private Map<String, Integer> ids(ExportedHead head) {
        return IntStream.range(0, head.outputs())
                .boxed()
                .collect(Collectors.toMap(
                        i -> source.card().labels().names().isEmpty()
                                ? "LABEL_" + i
                                : source.card().labels().names().get(i),
                        i -> i));
    }

    private Map<String, Tensor> flexible(ExportedHead head, Optional<OwnHead> own) {
        boolean pooler = head.pooling() == Pooling.POOLER;
        boolean written = pooler
                ? head.form() == Head.LINEAR
                : head.pooling() == names.unpooled()
                        && List.of(Head.LINEAR, Head.DENSE).contains(head.form());
        if (!written) {
            throw head.isNot(own, base, "AdapterHub", "merged");
        }
        String prefix = "heads." + ADAPTER;
        return head.form() == Head.LINEAR
                ? head.named(Optional.empty(), prefix + ".1")
                : head.named(Optional.of(prefix + ".1"), prefix + ".4");
    }

    private Map<String, Object> flexibleConfig(ExportedHead head) {
        Map<String, Object> config = new TreeMap<>();
        config.put(
                "head_type",
                source.card().labels() instanceof Labels.Multi
                        ? FromAdapterHub.SEVERAL
                        : FromAdapterHub.CLASSIFICATION);
        config.put("num_labels", head.outputs());
        config.put("layers", head.form() == Head.LINEAR ? 1 : 2);
        config.put("activation_function", "tanh");
        config.put("bias", true);
        config.put("dropout_prob", null);
        config.put("use_pooler", head.pooling() == Pooling.POOLER);
        config.put("label2id", ids(head));
        return config;
    }

    /** The settings of the method; puts its tensors aside. */
    private Map<String, Object> method() {
        MethodText text = MethodText.of(source.card().method().saved());
        if (!text.word().equals("unipelt")) {
            return member(text);
        }
        gates(text);
        Set<String> taken = new LinkedHashSet<>();
        List<Map<String, Object>> members = new ArrayList<>();
        for (MethodText inner : text.inner()) {
            Map<String, Object> member = member(inner);
            if (!taken.add((String) member.getOrDefault("architecture", "bottleneck"))) {
                throw new InputException(
                        "AdapterHub has no model with two bottleneck adapters at once; train it with one");
            }
            members.add(member);
        }
        if (members.size() == 1) {
            return members.get(0);
        }
        Map<String, Object> union = new LinkedHashMap<>();
        union.put("architecture", "union");
        union.put("configs", members);
        return union;
    }

    private void gates(MethodText unipelt) {
        String gate = unipelt.value("gate").word();
        if (gate.equals("none")) {
            return;
        }
        if (!gate.equals("own")) {
            throw new InputException("AdapterHub has no gate=" + gate + ", only a gate for each method's change");
        }
        if (backbone.anatomy().stacks().size() > 1) {
            throw new InputException(
                    "AdapterHub's gates are in the encoder and the decoder, and this model's only in the"
                            + " encoder; train it with gate=none");
        }
        String average = unipelt.value("average").word();
        if (average.equals("none")) {
            throw new InputException(
                    "AdapterHub has no gates of single tokens, average=none; its gates are means over a" + " text");
        }
        if (average.equals("real") && !source.averageAsTheirs()) {
            throw new InputException(
                    "this model's gates average over a text's real tokens, and AdapterHub's over padding"
                            + " too, so its answers to padded texts would differ; export it all the same with"
                            + " --average-as-theirs, or train it with average=all");
        }
        gates = true;
        if (unipelt.given().containsKey("temperature")) {
            temperature = unipelt.value("temperature").number();
        }
    }

    private Map<String, Object> member(MethodText text) {
        Map<String, Object> config = new TreeMap<>();
        switch (text.word()) {
            case "lora" -> lora(text, config);
            case "prefix" -> prefix(text, config);
            case "adapter" -> bottleneck(plain(text, "pfeiffer", Place.FFN), config);
            case "houlsby" -> bottleneck(plain(text, "sequential", Place.ATTENTION, Place.FFN), config);
            case "modification" -> modification(text, config);
            case "prompt" ->
                throw new InputException(
                        "AdapterHub has no prompt like this model's: there it joins the text behind the"
                                + " norm of the embeddings, here before it");
            case "ia3" ->
                throw new InputException("ia3 cannot be written for AdapterHub; take --format peft, which has it too");
            default -> throw new InputException("AdapterHub has no method '" + text.word() + "'" + ELSEWHERE);
        }
        config.put("use_gating", gates);
        config.put("init_weights_seed", null);
        config.put("leave_out", TopLayers.of(text, backbone).below());
        return config;
    }

    private void lora(MethodText text, Map<String, Object> config) {
        Set<Place> on = text.value("on").places();
        List<String> matrices = AdapterHubNames.MATRICES.entrySet().stream()
                .filter(matrix -> on.contains(matrix.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        for (Place place : on) {
            if (!AdapterHubNames.MATRICES.containsValue(place) && place != Place.FFN_UP && place != Place.FFN_DOWN) {
                throw new InputException("AdapterHub has no LoRA on " + place.text()
                        + ", only on query, key, value, ffn-up and ffn-down; take --format peft");
            }
        }
        boolean perLayer = text.value("gate").word().equals("layer");
        for (Site site : changed(on, text)) {
            put(names.lora(site) + ".lora_A", "lora." + site + ".a");
            put(names.lora(site) + ".lora_B", "lora." + site + ".b");
            // Projections with one gate all read the layer's input: each gets a copy of it.
            gate(
                    names.lora(site) + ".gate",
                    "lora",
                    perLayer ? new Site(site.part(), site.layer(), Place.ATTENTION) : site);
        }
        config.put("architecture", "lora");
        config.put("r", (int) text.value("rank").number());
        config.put("alpha", TheirFolder.number(text.value("alpha").number()));
        config.put("attn_matrices", matrices);
        config.put("selfattn_lora", !matrices.isEmpty());
        config.put("intermediate_lora", on.contains(Place.FFN_UP));
        config.put("output_lora", on.contains(Place.FFN_DOWN));
        config.put("composition_mode", "add");
        config.put("dropout", text.value("dropout").number());
        config.put("init_weights", text.value("init").word());
        config.put("dtype", null);
        config.put("use_dora", false);
        config.put("vera_b", null);
        config.put("vera_d", null);
    }

    private void prefix(MethodText text, Map<String, Object> config) {
        if (text.given().containsKey("layers")) {
            throw new InputException(
                    "a prefix of some layers cannot be written for AdapterHub; train it without layers="
                            + text.value("layers").word());
        }
        String compose = text.value("compose").word();
        // Eq. 7 is the same function, as long as nothing comes between its two sides.
        if (!compose.equals("concat") && !(compose.equals("lambda") && !gates)) {
            throw new InputException("AdapterHub has no prefix with compose=" + compose
                    + (gates ? " behind a gate" : "") + ", only keys and values in front of the text's");
        }
        for (Stack stack : backbone.anatomy().stacks()) {
            Tensor flat = Objects.requireNonNull(
                    source.tensors().get("prefix." + stack.part().prefix() + "flat"));
            theirs.put(modules.whole(names.prefix(stack.part()) + ".control_trans"), flat.flatten());
        }
        for (Site site : backbone.sites().of(List.of(Place.KEYS_AND_VALUES))) {
            gate(names.prefixGate(site), "prefix", site);
        }
        config.put("architecture", "prefix_tuning");
        config.put("prefix_length", (int) text.value("length").number());
        config.put("flat", true);
        config.put("bottleneck_size", (int) text.value("network").number());
        config.put("non_linearity", "tanh");
        config.put("dropout", 0.0);
        config.put("encoder_prefix", true);
        config.put("cross_prefix", true);
        config.put("shared_gating", true);
    }

    /**
     * A bottleneck adapter.
     *
     * @param name begins the names of its parameters
     * @param insert what it reads, as method texts have it
     * @param compose {@code add}, {@code scale(…)} or {@code learned}
     * @param text the whole method
     */
    private record Adapter(
            String name,
            int width,
            String activation,
            String init,
            Set<Place> at,
            String insert,
            MethodText compose,
            MethodText text) {}

    /** An adapter in its short form. */
    private static Adapter plain(MethodText text, String insert, Place... at) {
        return new Adapter(
                text.word(),
                (int) text.value("bottleneck").number(),
                text.value("activation").word(),
                text.value("init").word(),
                Set.of(at),
                insert,
                MethodText.parse("add"),
                text);
    }

    private void modification(MethodText text, Map<String, Object> config) {
        MethodText form = text.value("form");
        if (!form.word().equals("bottleneck")) {
            throw new InputException(
                    "a " + form.word() + " cannot be written for AdapterHub; train it with form=bottleneck");
        }
        String norm = form.value("norm").word();
        if (!norm.equals("none")) {
            throw new InputException(
                    "an adapter with norm=" + norm + " cannot be written for AdapterHub; train it with norm=none");
        }
        bottleneck(
                new Adapter(
                        text.value("name").word(),
                        (int) form.value("rank").number(),
                        form.value("activation").word(),
                        text.value("init").word(),
                        text.value("at").places(),
                        text.value("insert").word(),
                        text.value("compose"),
                        text),
                config);
    }

    private void bottleneck(Adapter adapter, Map<String, Object> config) {
        boolean attention = adapter.at().contains(Place.ATTENTION);
        boolean parallel = adapter.insert().equals("parallel");
        boolean pfeiffer = adapter.insert().equals("pfeiffer");
        if (attention && parallel) {
            throw new InputException(
                    "AdapterHub has no adapter beside attention that joins the heads: there it joins what"
                            + " the output projection makes of them; train it with at=ffn");
        }
        if (attention && pfeiffer) {
            throw new InputException(
                    "an adapter with insert=pfeiffer at attention cannot be written for AdapterHub; train"
                            + " it with insert=sequential, or with at=ffn");
        }
        boolean learned = adapter.compose().word().equals("learned");
        for (Site site : changed(adapter.at(), adapter.text())) {
            String ours = adapter.name() + "." + site;
            String hub = names.adapter(site);
            for (String tensor : List.of(".weight", ".bias")) {
                put(hub + ".adapter_down.0" + tensor, ours + ".down" + tensor);
                put(hub + ".adapter_up" + tensor, ours + ".up" + tensor);
            }
            if (learned) {
                put(hub + ".scaling", ours + ".scale");
            }
            gate(hub + ".gate", adapter.name(), site);
        }
        config.put("mh_adapter", attention);
        config.put("output_adapter", adapter.at().contains(Place.FFN));
        config.put("cross_adapter", attention && backbone.anatomy().layers(Part.CROSS) > 0);
        config.put("is_parallel", parallel);
        config.put("reduction_factor", reduction(adapter.width()));
        config.put("non_linearity", adapter.activation().equals("gelu") ? "gelu_new" : adapter.activation());
        config.put("original_ln_before", pfeiffer);
        config.put("original_ln_after", true);
        config.put("residual_before_ln", true);
        config.put("adapter_residual_before_ln", false);
        config.put("ln_before", false);
        config.put("ln_after", false);
        // With a point: the library refuses whole numbers here.
        config.put("scaling", learned ? "learned" : (Object) scale(adapter.compose()));
        config.put("dropout", 0.0);
        config.put("init_weights", adapter.init().equals("lora") ? "mam_adapter" : "bert");
        config.put("inv_adapter", null);
        config.put("inv_adapter_reduction_factor", null);
        config.put("phm_layer", false);
        config.put("stochastic_depth", 0.0);
    }

    private static double scale(MethodText compose) {
        return compose.word().equals("scale") ? compose.inner().get(0).number() : 1;
    }

    /** The hidden size over this is the width, without its fraction. */
    private Number reduction(int width) {
        int hidden = backbone.anatomy().hidden();
        return hidden % width == 0 ? (Number) (hidden / width) : (Number) (hidden / (width + 0.5));
    }

    /** The sites at which a method changes something. */
    private List<Site> changed(Set<Place> places, MethodText text) {
        TopLayers layers = TopLayers.of(text, backbone);
        return backbone.sites().of(places).stream().filter(layers::has).toList();
    }

    private void gate(String hub, String method, Site site) {
        if (!gates) {
            return;
        }
        for (String tensor : List.of(".weight", ".bias")) {
            Tensor gate = Objects.requireNonNull(source.tensors().get("gate." + method + "." + site + tensor));
            theirs.put(modules.whole(hub + tensor), temperature == 1 ? gate : gate.div(new Scalar(temperature)));
        }
    }

    private void put(String hub, String ours) {
        theirs.put(modules.whole(hub), source.tensors().get(ours));
    }
}
