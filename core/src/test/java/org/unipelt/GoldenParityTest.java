package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.golden.Family;
import org.unipelt.golden.PackedFixtures;
import org.unipelt.golden.Subject;
import org.unipelt.method.Method;
import org.unipelt.method.MethodObserver;
import org.unipelt.method.Methods;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Dropout;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.training.AdamW;

/**
 * Our numbers against those of the papers' own programs: every fixture that stands packed in the repository, or below the
 * folder that the system property {@code golden.dir} names. The README beside the packed ones says what the tensors are.
 * Expected values were computed in double precision, so the tolerances are ours to keep.
 */
class GoldenParityTest {
    private static final double FORWARD = 1e-5;
    private static final double AFTER_FIVE_STEPS = 1e-4;
    /** Where the true gradient is zero, Adam makes a step out of rounding noise; nothing in the output depends on it. */
    private static final double NOISE_PARAMETER = 5e-3;

    private static final Pattern NOT_OF_THE_FORWARD_PASS =
            Pattern.compile("(grad|frozen_head_grad|adamw5|hf_adamw5|adamw5_head)\\..*");

    private static final Pattern KEY_BIAS = Pattern.compile(".*\\.(self\\.key|k_proj)\\.bias");
    private static final Pattern PREFIX_BIAS = Pattern.compile(".*\\.prefix\\.(decoder\\.|cross\\.)?out\\.bias");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Those in the repository: 17 of UniPELT, 23 of RoBERTa, 18 of BART. */
    private static final int PACKED = 58;

    @TempDir
    static Path unpacked;

    @TestFactory
    Stream<DynamicTest> everyFixture() throws IOException {
        Engine.start();
        Optional<Path> given = Repository.golden();
        Path golden = given.orElse(unpacked);
        if (given.isEmpty()) {
            PackedFixtures.unpack(unpacked);
        }
        assertThat(golden).as("folder of fixtures (golden.dir)").isDirectory();
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.walk(golden)) {
            for (Path meta :
                    files.filter(file -> file.endsWith("meta.json")).sorted().toList()) {
                Path folder = meta.getParent();
                JsonNode json = JSON.readTree(meta.toFile());
                // A family that nobody knows is a failure of its own fixtures, not of all.
                tests.add(DynamicTest.dynamicTest(
                        golden.relativize(folder).toString(),
                        () -> new Fixture(folder, json, Family.of(json)).check()));
            }
        }
        assertThat(tests).as("fixtures below " + golden).isNotEmpty();
        if (given.isEmpty()) {
            assertThat(tests).as("fixtures in the repository").hasSize(PACKED);
        }
        return tests.stream();
    }

    /** One folder of a fixture. */
    private static final class Fixture {
        private final Path folder;
        private final JsonNode meta;
        private final Family family;
        private final Method method;

        Fixture(Path folder, JsonNode meta, Family family) {
            this.folder = folder;
            this.meta = meta;
            this.family = family;
            this.method = Methods.parse(family.methodText());
        }

        private Set<String> referenceTrained() {
            Set<String> trained = new HashSet<>();
            meta.path("trainable").forEach(name -> trained.add(name.asText()));
            meta.path("trainable_without_gradient").forEach(name -> trained.remove(name.asText()));
            return trained;
        }

        void check() {
            try (PointerScope scope = new PointerScope();
                    Weights reference = Safetensors.read(folder.resolve("model.safetensors"));
                    Weights inputs = Safetensors.read(folder.resolve("inputs.safetensors"));
                    Weights expected = Safetensors.read(folder.resolve("expected.safetensors"))) {
                forward(reference, inputs, expected);
                gradients(reference, inputs, expected);
                Method.HeadTraining head = family.head(method);
                fiveSteps(reference, inputs, expected, AdamW.Formula.TORCH, head, "adamw5");
                fiveSteps(reference, inputs, expected, AdamW.Formula.RELEASE, head, "hf_adamw5");
                if (expected.has("adamw5_head.logits")) {
                    fiveSteps(reference, inputs, expected, AdamW.Formula.TORCH, Method.HeadTraining.ALL, "adamw5_head");
                }
            }
        }

        private void forward(Weights reference, Weights inputs, Weights expected) {
            Map<String, Tensor> seen = new HashMap<>();
            record At(String submodule, Site site) {}
            Map<At, Tensor> before = new HashMap<>();
            Map<At, Tensor> changes = new HashMap<>();
            Map<At, Tensor> gates = new HashMap<>();
            // What the pass would free at its end.
            PointerScope scope = PointerScope.getInnerScope();
            Observer outputs = (site, state) -> {
                scope.attach(state);
                family.output(site).ifPresent(name -> seen.put(name, state));
            };
            MethodObserver observer = new MethodObserver() {
                @Override
                public void gate(String submodule, Site site, Tensor values) {
                    scope.attach(values);
                    gates.put(new At(submodule, site), values);
                    seen.put(family.gate(submodule, site), values);
                }

                @Override
                public void change(String submodule, Site site, Tensor h, Tensor change) {
                    scope.attach(h).attach(change);
                    before.put(new At(submodule, site), h);
                    changes.put(new At(submodule, site), change);
                }
            };
            try (Subject subject = family.subject(method, reference, inputs)) {
                Tensor logits = subject.logits(new Pass(Dropout.NONE, outputs), observer);
                seen.put("logits", logits);
                seen.put("loss", subject.loss());
                seen.putAll(subject.others(expected));
                changes.forEach((at, change) -> {
                    Tensor gated =
                            gates.containsKey(at) ? change.mul(gates.get(at).view(-1, 1, 1)) : change;
                    Family.Recorded as = family.change(at.submodule(), at.site());
                    seen.put(as.name(), as.withResidual() ? before.get(at).add(gated) : gated);
                });
                seen.putAll(prefixes(subject));
                seen.putAll(prefixMasses(reference, inputs, logits, expected));
                seen.forEach((name, value) -> {
                    Tensor wanted = expected.get(name);
                    boolean logitPerWord = name.equals("logits") && wanted.dim() == 3;
                    near(name, value, wanted, logitPerWord ? FORWARD * size(wanted) : FORWARD);
                });
                expected.names().stream()
                        .filter(name -> !NOT_OF_THE_FORWARD_PASS.matcher(name).matches())
                        .filter(name -> !family.isOutOfSight(name))
                        .forEach(name -> assertThat(seen).containsKey(name));
            }
        }

        /** Keys and values {@code [heads, length, head size]} as the flat form, which is saved, has them. */
        private Map<String, Tensor> prefixes(Subject subject) {
            Map<String, Tensor> seen = new HashMap<>();
            Map<String, Tensor> saved = subject.save();
            for (Stack stack : subject.backbone().anatomy().stacks()) {
                Part part = stack.part();
                Heads heads = stack.heads();
                Tensor flat = saved.get("prefix." + part.prefix() + "flat");
                if (flat != null) {
                    TensorVector perLayer = flat.view(flat.size(0), 2L * stack.layers(), heads.queries(), heads.size())
                            .permute(1, 2, 0, 3)
                            .unbind();
                    for (Site site : subject.backbone().sites().of(part, List.of(Place.KEYS_AND_VALUES))) {
                        seen.put(family.prefix("key", site), perLayer.get(2L * site.layer()));
                        seen.put(family.prefix("value", site), perLayer.get(2L * site.layer() + 1));
                    }
                }
            }
            return seen;
        }

        /** He et al.'s Eq. 7: the same function with λ in sight. */
        private Map<String, Tensor> prefixMasses(Weights reference, Weights inputs, Tensor logits, Weights expected) {
            Map<String, Tensor> seen = new HashMap<>();
            String first = family.prefixMass(new Site(0, Place.HEADS));
            if (expected.has(first) && !family.isOutOfSight(first)) {
                Method explicit = Methods.parse(method.toString().replace("compose=concat", "compose=lambda"));
                PointerScope scope = PointerScope.getInnerScope();
                MethodObserver observer = new MethodObserver() {
                    @Override
                    public void prefixMass(Site site, Tensor values) {
                        scope.attach(values);
                        seen.put(family.prefixMass(site), values);
                    }
                };
                try (Subject subject = family.subject(explicit, reference, inputs)) {
                    Tensor same = subject.logits(Pass.INFERENCE, observer);
                    assertThat(same.sub(logits).abs().max().item_float()).isLessThan((float) FORWARD);
                }
            }
            return seen;
        }

        private void gradients(Weights reference, Weights inputs, Weights expected) {
            withTrained(reference, inputs, family.head(method), (subject, trained) -> {
                // Everything asks for a gradient here: the head's is recorded also where the program freezes it.
                subject.adapterWeights()
                        .names()
                        .forEach(name -> subject.adapterWeights().get(name).set_requires_grad(true));
                subject.loss().backward();
                Set<String> checked = new HashSet<>();
                for (String name : subject.adapterWeights().names()) {
                    List<String> names = family.referenceNames(name);
                    String kind = expected.has("grad." + names.get(0)) ? "grad." : "frozen_head_grad.";
                    Tensor wanted = family.recorded(kind, name, expected);
                    near(name, subject.adapterWeights().get(name).grad(), wanted, FORWARD * size(wanted));
                    names.forEach(one -> checked.add(kind + one));
                }
                expected.names().stream()
                        .filter(name -> name.startsWith("grad.") || name.startsWith("frozen_head_grad."))
                        .forEach(name -> assertThat(checked).contains(name));
                Set<String> ours = new HashSet<>();
                trained.forEach(name -> ours.addAll(family.referenceNames(name)));
                assertThat(ours).as("what is trained").isEqualTo(referenceTrained());
            });
        }

        private void fiveSteps(
                Weights reference,
                Weights inputs,
                Weights expected,
                AdamW.Formula variant,
                Method.HeadTraining head,
                String recorded) {
            withTrained(reference, inputs, head, (subject, trained) -> {
                Map<String, Tensor> tensors = subject.adapterWeights().select(trained);
                tensors.values().forEach(tensor -> tensor.set_requires_grad(true));
                float[] losses = new float[6];
                try (AdamW optimizer = new AdamW(Compute.cpu(), tensors, family.settings(variant, 0.01))) {
                    for (int step = 0; step < 5; step++) {
                        Tensor loss = subject.loss();
                        losses[step] = loss.item_float();
                        loss.backward();
                        Map<String, Tensor> gradients = new LinkedHashMap<>();
                        tensors.forEach((name, tensor) ->
                                gradients.put(name, tensor.grad().clone()));
                        optimizer.step(gradients, 1, 1e-3);
                        tensors.values().forEach(tensor -> tensor.mutable_grad().reset());
                    }
                }
                near(recorded + ".logits", subject.logits(Pass.INFERENCE), expected, AFTER_FIVE_STEPS);
                Tensor last = subject.loss();
                losses[5] = last.item_float();
                near(recorded + ".loss", last, expected, AFTER_FIVE_STEPS);
                near(recorded + ".loss_trajectory", Tensor.create(losses), expected, AFTER_FIVE_STEPS);
                String parameter = recorded + ".param.";
                Set<String> checked = new HashSet<>();
                for (String name : trained) {
                    List<String> names = family.referenceNames(name);
                    if (expected.has(parameter + names.get(0))) {
                        nearAfterFiveSteps(
                                parameter + name,
                                tensors.get(name),
                                family.recorded(parameter, name, expected),
                                subject.backbone().anatomy().hidden());
                        names.forEach(one -> checked.add(parameter + one));
                    }
                }
                expected.names().stream()
                        .filter(name -> name.startsWith(parameter))
                        .forEach(name -> assertThat(checked).contains(name));
            });
        }

        private void nearAfterFiveSteps(String name, Tensor actual, Tensor wanted, int hidden) {
            // Softmax takes out what moves all scores together: a key's bias, or that of all keys of a prefix alone.
            boolean prefixAlone = method.toString().contains("compose=add,attend=softmax");
            if (KEY_BIAS.matcher(name).matches()) {
                near(name, actual, wanted, NOISE_PARAMETER);
            } else if (prefixAlone && PREFIX_BIAS.matcher(name).matches()) {
                near(name, actual, wanted, NOISE_PARAMETER);
                near(name + ", values", values(actual, hidden), values(wanted, hidden), AFTER_FIVE_STEPS);
            } else {
                near(name, actual, wanted, AFTER_FIVE_STEPS);
            }
        }

        /** The part for the values in the bias of a prefix' last map, which is ordered by layer, then key or value. */
        private static Tensor values(Tensor bias, int hidden) {
            return bias.view(-1, 2, hidden).select(1, 1);
        }

        private void withTrained(
                Weights reference, Weights inputs, Method.HeadTraining head, BiConsumer<Subject, List<String>> action) {
            try (PointerScope scope = new PointerScope();
                    Subject subject = family.subject(method, reference, inputs)) {
                action.accept(subject, subject.trained(head));
            }
        }

        /**
         * Gradients and a vocabulary's logits are sums that may be large; what float32 rounds grows with them. (In double
         * precision our logits of words are within 5e-7.)
         */
        private static double size(Tensor wanted) {
            return Math.max(1, wanted.abs().max().item_float());
        }

        private static void near(String name, Tensor actual, Weights expected, double tolerance) {
            near(name, actual, expected.get(name), tolerance);
        }

        private static void near(String name, Tensor actual, Tensor wanted, double tolerance) {
            assertThat(actual.defined()).as(name + " is there").isTrue();
            assertThat(actual.numel()).as(name + ", count of numbers").isEqualTo(wanted.numel());
            double difference = actual.detach()
                    .reshape(wanted.shape())
                    .sub(wanted)
                    .abs()
                    .max()
                    .item_float();
            // Not NaN, too.
            if (!(difference <= tolerance)) {
                fail(name + " differs by " + difference + ", allowed " + tolerance);
            }
        }
    }
}
