package org.unipelt.interop;

import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;

/**
 * A folder of Python's peft: LoRA (Hu et al. 2022) and (IA)³ (Liu et al. 2022), with the head of a classifier.
 *
 * <pre>
 *   base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight   ─▶   lora.layer.0.query.a
 *   base_model.model.classifier.weight                                        ─▶   head.weight
 * </pre>
 *
 * <p>Here a method has one rank and one scale, and changes all layers or the topmost ones. Where peft has several, every
 * rank is filled up with zeros to the largest, every scale becomes part of B, and a layer among these that peft leaves alone
 * gets zeros: the same function. peft's prefix-tuning and prompt tuning shift the positions of the text, which this library's do not; they
 * are refused.
 */
final class FromPeft {
    static final String TYPE = "peft_type";

    private static final String ROOT = "base_model.model.";
    /** What peft calls its wrappers, and the adapter in them. */
    private static final List<String> WRAPPERS = List.of(".base_layer.", ".modules_to_save.", ".default.");

    /** The number of a module's layer, as peft finds it. */
    private static final Pattern LAYER = Pattern.compile(".*\\.[^.]*\\.(\\d+)\\..*");

    private final TheirConfig config;
    private final TheirTensors tensors;
    private final BaseModel base;
    private final Backbone backbone;
    private final Modules modules;
    private final OwnHead own;

    private FromPeft(TheirConfig config, TheirTensors tensors, BaseModel base) {
        this.config = config;
        this.tensors = tensors;
        this.base = base;
        this.backbone = base.backbone();
        this.modules = new Modules(base);
        this.own = TheirHead.own(base);
    }

    /** What a tensor of peft is called without the wrappers' names. */
    static String renamed(String name, Modules modules) {
        String inner = name.startsWith(ROOT) ? name.substring(ROOT.length()) : name;
        for (String wrapper : WRAPPERS) {
            inner = inner.replace(wrapper, ".");
        }
        return modules.bare(inner);
    }

    /**
     * Reads a folder's content.
     *
     * @throws InputException if the folder is damaged, belongs to another base model, or is of a kind that this library
     *     does not have
     */
    static Imported read(TheirConfig config, TheirTensors tensors, BaseModel base) {
        config.skip("base_model_name_or_path", "revision", "peft_version", "auto_mapping", "inference_mode");
        // Both lists only say what is in the file, which says it too.
        config.skip("task_type", "modules_to_save", "fan_in_fan_out");
        FromPeft peft = new FromPeft(config, tensors, base);
        // A second copy of what the training began with.
        tensors.drop(name -> name.contains(".original_module."));
        String type = config.text(TYPE).orElse("");
        Imported read =
                switch (type) {
                    case "LORA" -> peft.lora();
                    case "IA3" -> peft.ia3();
                    case "PREFIX_TUNING", "PROMPT_TUNING", "P_TUNING", "MULTITASK_PROMPT_TUNING" ->
                        throw config.wrong(TYPE + " " + type + " is not supported: in peft, its vectors shift the"
                                + " positions of the text's tokens, and here they do not");
                    default -> throw config.wrong(TYPE + " " + type + " is not supported; known: LORA, IA3");
                };
        config.finish();
        tensors.requireAllTaken();
        return read;
    }

    private Imported lora() {
        int rank = config.integer("r", 8, 1);
        double alpha = config.number("lora_alpha", 8);
        boolean byRoot = config.flag("use_rslora", false);
        Map<String, Double> ranks = config.numbers("rank_pattern");
        Map<String, Double> alphas = config.numbers("alpha_pattern");
        String bias = config.text("bias").orElse("none");
        config.demand("bias", "none", "all", "lora_only");
        // These begin with another base model than the one that is here; the others only begin A and B differently.
        config.demand("init_lora_weights", true, false, "gaussian", "orthogonal", "eva");
        config.skip("lora_dropout", "loftq_config", "megatron_config", "megatron_core", "qalora_group_size");
        config.skip("ensure_weight_tying", "eva_config", "runtime_config");
        config.refuse("use_dora", "lora_bias", "use_qalora", "use_bdlora", "layer_replication", "target_parameters");
        config.refuse("trainable_token_indices", "alora_invocation_tokens", "arrow_config", "corda_config");
        config.refuse("kasa_config", "lora_ga_config", "monteclora_config", "velora_config");

        record Change(Tensor a, Tensor b, double scale) {
            Tensor product() {
                return b.matmul(a).mul(new Scalar(scale));
            }
        }
        Map<String, Change> changes = new LinkedHashMap<>();
        for (String module : targets()) {
            long[] map = stored(module).shape();
            int r = (int) Math.round(ofPattern(ranks, module, rank));
            double scale = ofPattern(alphas, module, alpha) / (byRoot ? Math.sqrt(r) : r);
            changes.put(
                    module,
                    new Change(
                            tensors.take(module + ".lora_A.weight", r, map[1]),
                            tensors.take(module + ".lora_B.weight", map[0], r),
                            scale));
        }
        TheirHead head = head();
        Optional<String> pooler = own.pooler().map(modules::of).filter(changes::containsKey);
        Map<String, Tensor> ours = new LinkedHashMap<>();
        String biases = bias.equals("none") ? "" : bitFit(ours);
        if (pooler.isPresent()) {
            String map = own.pooler().get();
            Tensor change = Objects.requireNonNull(changes.remove(pooler.get())).product();
            Tensor poolerBias = ours.getOrDefault("bitfit." + map + ".bias", frozen(map + ".bias"));
            head = head.withPooler(frozen(map + ".weight").add(change), poolerBias);
        }
        Map<Site, Change> bySite = bySite(changes);
        int most = changes.values().stream()
                .mapToInt(change -> (int) change.a().size(0))
                .max()
                .orElse(rank);
        double scale =
                changes.values().stream().mapToDouble(Change::scale).findFirst().orElse(1);
        boolean alike = changes.values().stream()
                .allMatch(change -> change.scale() == scale && change.a().size(0) == most);
        Set<Place> places = places(bySite.keySet());
        TopLayers layers =
                TopLayers.of(bySite.keySet().stream().map(Site::layer).toList(), backbone);
        for (Site site :
                backbone.sites().of(places).stream().filter(layers::has).toList()) {
            Tensor a = torch.zeros(most, backbone.sites().in(site));
            Tensor b = torch.zeros(backbone.sites().out(site), most);
            Change change = bySite.get(site);
            if (change != null) {
                a.narrow(0, 0, change.a().size(0)).copy_(change.a());
                b.narrow(1, 0, change.b().size(1))
                        .copy_(alike ? change.b() : change.b().mul(new Scalar(change.scale())));
            }
            ours.put("lora." + site + ".a", a);
            ours.put("lora." + site + ".b", b);
        }
        String method = "lora(rank=" + most + ",alpha=" + (alike ? scale * most : most) + ",on=" + text(places)
                + layers.option() + ")";
        return imported(biases.isEmpty() ? method : "unipelt(" + method + "," + biases + ",gate=none)", ours, head);
    }

    /** Every bias: the file's, or the base model's where the file has none. Returns the method that has them. */
    private String bitFit(Map<String, Tensor> ours) {
        for (String name : backbone.weights().names()) {
            if (name.endsWith(".bias")) {
                String theirs = modules.of(name.substring(0, name.length() - ".bias".length())) + ".bias";
                Tensor own = frozen(name);
                ours.put("bitfit." + name, tensors.has(theirs) ? tensors.take(theirs, own.shape()) : own);
            }
        }
        return "bitfit";
    }

    private Imported ia3() {
        config.skip("init_ia3_weights");
        Predicate<String> beforeMap = matcher("feedforward_modules");
        Map<Site, Tensor> scales = new LinkedHashMap<>();
        for (String module : targets()) {
            List<Site> sites = sites(module);
            boolean before = beforeMap.test(modules.whole(module));
            // Attention is linear in the values: what scales the heads scales them just as well.
            Place place = !before
                    ? sites.get(0).place()
                    : switch (sites.get(0).place()) {
                        case FFN_DOWN -> Place.FFN_INNER;
                        case ATTENTION_OUT -> Place.VALUE;
                        default ->
                            throw config.wrong("feedforward_modules names '" + modules.whole(module)
                                    + "', and this library rescales only the input of the last projections of attention"
                                    + " and of the feed-forward network");
                    };
            long[] map = stored(module).shape();
            Tensor l = before ? tensors.take(module + ".ia3_l", 1, map[1]) : tensors.take(module + ".ia3_l", map[0], 1);
            for (Site site : sites) {
                Site scaled = new Site(site.part(), site.layer(), place);
                if (backbone.sites().out(scaled) != l.numel()) {
                    throw config.wrong(
                            "heads that share keys and values cannot be rescaled one by one ('" + module + "')");
                }
                scales.merge(scaled, l.flatten(), Tensor::mul);
            }
        }
        Set<Place> places = places(scales.keySet());
        Map<String, Tensor> ours = new LinkedHashMap<>();
        for (Site site : backbone.sites().of(places)) {
            ours.put(
                    "ia3." + site + ".scale",
                    scales.getOrDefault(site, torch.ones(backbone.sites().out(site))));
        }
        return imported("ia3(on=" + text(places) + ")", ours, head());
    }

    private static Imported imported(String method, Map<String, Tensor> ours, TheirHead head) {
        Map<String, Tensor> all = new LinkedHashMap<>(ours);
        all.putAll(head.tensors());
        return new Imported(Methods.parse(method), all, head.form(), head.pooling(), Optional.empty(), false);
    }

    private TheirHead head() {
        if (!tensors.has(own.out() + ".weight")) {
            throw new InputException(tensors.file() + " has no classification head ('" + own.out()
                    + ".weight'); with peft, save it: task_type='SEQ_CLS', and modules_to_save=['"
                    + own.out().replaceFirst("\\..*", "") + "']");
        }
        TheirHead head = TheirHead.take(own.form(), own.pooling(), own.dense(), own.out(), tensors, base);
        Optional<String> pooler = own.pooler().map(modules::of).filter(map -> tensors.has(map + ".weight"));
        if (pooler.isEmpty()) {
            return head;
        }
        // Saved whole, as one of modules_to_save.
        long hidden = backbone.anatomy().hidden();
        return head.withPooler(
                tensors.take(pooler.get() + ".weight", hidden, hidden), tensors.take(pooler.get() + ".bias", hidden));
    }

    /** The modules of the base model that the settings name, in order. */
    private Set<String> targets() {
        if (!config.has("target_modules")) {
            throw config.wrong("target_modules is missing; save the folder again with peft, which writes it");
        }
        Predicate<String> wanted = matcher("target_modules");
        Predicate<String> excluded = matcher("exclude_modules");
        List<Integer> layers = config.integers("layers_to_transform");
        config.refuse("layers_pattern");
        Set<String> targets = new LinkedHashSet<>();
        for (String name : backbone.weights().names()) {
            if (name.endsWith(".weight") && backbone.weights().get(name).dim() == 2) {
                String module = modules.of(name.substring(0, name.length() - ".weight".length()));
                String whole = modules.whole(module);
                if (wanted.test(whole) && !excluded.test(whole) && (layers.isEmpty() || isIn(layers, whole))) {
                    targets.add(module);
                }
            }
        }
        if (targets.isEmpty()) {
            throw config.wrong("no module of " + base.name() + " is one of target_modules; name the base model that it"
                    + " was trained on with --model");
        }
        return targets;
    }

    /** Whether a module of that whole name is in one of some layers, as peft finds the number of its layer. */
    static boolean isIn(Collection<Integer> layers, String module) {
        Matcher layer = LAYER.matcher(module);
        return layer.matches() && layers.contains(Integer.valueOf(layer.group(1)));
    }

    /** A list names modules or the ends of their names; a text is a regular expression for whole names. */
    private Predicate<String> matcher(String key) {
        if (!config.isText(key)) {
            List<String> names = config.texts(key);
            return module -> names.stream().anyMatch(name -> module.equals(name) || module.endsWith("." + name));
        }
        String expression = config.text(key).orElseThrow();
        try {
            return Pattern.compile(expression).asMatchPredicate();
        } catch (PatternSyntaxException e) {
            throw new InputException(
                    config.wrong(key + " '" + expression + "' is no regular expression: " + e.getDescription())
                            .getMessage(),
                    e);
        }
    }

    /** A module's own number, by the first pattern that ends its name. */
    private double ofPattern(Map<String, Double> patterns, String module, double otherwise) {
        return patterns.entrySet().stream()
                .filter(entry -> Pattern.matches("(.*\\.)?(" + entry.getKey() + ")", modules.whole(module)))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(otherwise);
    }

    private Tensor stored(String module) {
        String map = own.pooler()
                .filter(pooler -> modules.of(pooler).equals(module))
                .orElseGet(() -> backbone.sites().map(sites(module).get(0)).name());
        return backbone.weights().get(map + ".weight");
    }

    private Tensor frozen(String name) {
        return backbone.weights().get(name).cpu().to(ScalarType.Float);
    }

    private List<Site> sites(String module) {
        List<Site> sites = modules.sites(module);
        if (sites.isEmpty()) {
            throw config.wrong("target_modules names '" + modules.whole(module)
                    + "', which is no projection of a layer with a weight of its own");
        }
        return sites;
    }

    private <T> Map<Site, T> bySite(Map<String, T> byModule) {
        Map<Site, T> bySite = new LinkedHashMap<>();
        byModule.forEach((module, one) -> sites(module).forEach(site -> bySite.put(site, one)));
        return bySite;
    }

    private static Set<Place> places(Collection<Site> sites) {
        EnumSet<Place> places = EnumSet.noneOf(Place.class);
        sites.forEach(site -> places.add(site.place()));
        return places;
    }

    private static String text(Set<Place> places) {
        return places.stream().map(Place::text).collect(Collectors.joining("+"));
    }
}
