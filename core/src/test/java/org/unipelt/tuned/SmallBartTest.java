package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.Repository;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.data.LabelKind;
import org.unipelt.generation.Generation;
import org.unipelt.hub.BaseModel;
import org.unipelt.metric.Rouge;
import org.unipelt.run.Tuning;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Seq2Seq;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Safetensors;

/**
 * A small BART from random weights to tuned models: it first learns, with all its weights, to write a sentence's key words
 * (those that are not among the most frequent of the texts); then it is frozen, and methods teach it another task: to write
 * the first three of them only. Once on the sentences of XSum's articles, and once, for everybody, on runs of words of
 * examples/messages.
 *
 * <p>Copying words into the right order is what such a model can learn in a minute, because one table of words serves
 * source and target. The sentences judged are of articles that none was trained on.
 */
@Tag("slow")
class SmallBartTest {
    private static final int VOCABULARY = 6000;
    /** So many words of a message in a row make a sentence. */
    private static final int RUN = 7;
    /** Words that the messages have less often than so are left out of them: too few to learn from. */
    private static final int RARE = 10;

    private static final List<String> SPECIAL = List.of("<s>", "<pad>", "</s>", "<unk>");
    private static final String LORA = "lora(rank=16,alpha=32,on=query+key+value+attention-out+ffn-up+ffn-down)";
    private static final String PREFIX = "prefix(length=16,network=128,init=torch)";
    private static final String MAM = "unipelt(" + PREFIX
            + ",modification(form=bottleneck(rank=64),at=ffn,compose=scale(4),init=lora),gate=none)";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** ROUGE-L on unseen sentences must be above that of copying the sentence's first words by so much. */
    private static final double MARGIN = 0.25;

    @TempDir
    private Path folder;

    /** Sentences by article. */
    private final List<List<String>> articles = new ArrayList<>();

    private final Map<String, Integer> counts = new HashMap<>();

    private final List<String> figures = new ArrayList<>();

    @Test
    void aSmallBartLearnsToWriteWordsOfMessagesAndIsThenTunedFrozen() throws IOException {
        readMessages();
        learnAndTuneFrozen(40, 3200, 500, List.of(Map.entry("LoRA", LORA)));
    }

    /** Says what comes out, because docs/guide/generation.md gives these figures; only if asked, because it takes two minutes. */
    @Test
    @Tag("shared")
    @EnabledIfSystemProperty(named = "bart.figures", matches = "true")
    void aSmallBartLearnsToWriteAndIsThenTunedFrozen() throws IOException {
        readArticles(Repository.shared("xsum").resolve("pairs.jsonl"));
        learnAndTuneFrozen(
                150, 7000, 2000, List.of(Map.entry("LoRA", LORA), Map.entry("prefix", PREFIX), Map.entry("MAM", MAM)));
        figures.forEach(System.out::println);
    }

    /**
     * Both steps.
     *
     * @param frequentWords how many of the most frequent words are no key words
     * @param sentences how many the model learns from at most
     * @param sentencesTuned how many the methods learn from at most
     * @param methods by their names
     */
    private void learnAndTuneFrozen(
            int frequentWords, int sentences, int sentencesTuned, List<Map.Entry<String, String>> methods)
            throws IOException {
        Engine.start();
        List<String> byFrequency = counts.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, Integer> word) -> -word.getValue())
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey)
                .toList();
        Set<String> frequent = new HashSet<>(byFrequency.subList(0, frequentWords));
        Predicate<String> key = word -> !frequent.contains(word);

        Path random = folder.resolve("random");
        writeModel(random, byFrequency);
        Path pretrained = folder.resolve("pretrained");
        DataSpec keyWords = data("key-words", key, Integer.MAX_VALUE, sentences);
        try (BaseModel base = BaseModel.open(random.toString());
                TunedModel model = tune(base, "full", keyWords, 6)) {
            judge("all weights", model, keyWords);
            merge(model, random, pretrained);
        }

        DataSpec firstThree = data("first-three", key, 3, sentencesTuned);
        try (BaseModel base = BaseModel.open(pretrained.toString())) {
            for (Map.Entry<String, String> method : methods) {
                judge(method.getKey(), base, firstThree, method.getValue());
            }
        }
    }

    private void judge(String what, BaseModel base, DataSpec data, String method) throws IOException {
        try (TunedModel model = tune(base, method, data, 8)) {
            judge(what, model, data);
        }
    }

    private void judge(String what, TunedModel model, DataSpec data) throws IOException {
        double learned = model.card().metrics().get("test").get("rouge-l");
        double copied = copying(data);
        figures.add("%s: ROUGE-L %.3f, copying the first words %.3f".formatted(what, learned, copied));
        assertThat(learned).as(what).isGreaterThan(copied + MARGIN);
    }

    private TunedModel tune(BaseModel base, String method, DataSpec data, int epochs) {
        Seq2Seq usual = Seq2Seq.usual(LabelKind.SUMMARY);
        return Tuning.of(base, method)
                .on(data)
                .writing(new Seq2Seq(LabelKind.SUMMARY, 24, 0, usual.language(), new Generation(24, 0, 1, 1, false, 0)))
                .with(settings -> settings.epochs(epochs)
                        .batchSize(32)
                        .maxLength(32)
                        .learningRate(1e-3)
                        .warmUp(0.05)
                        .dropout(0))
                .train(folder.resolve("tuned-" + Integer.toHexString((method + data).hashCode())));
    }

    private void readArticles(Path pairs) throws IOException {
        for (String line : Files.readAllLines(pairs)) {
            JsonNode article = JSON.readTree(line);
            List<String> sentences = new ArrayList<>();
            for (String sentence : article.path("document").asText().split("(?<=[.!?]) ")) {
                List<String> words = words(sentence);
                if (words.size() >= 6 && words.size() <= 18) {
                    add(words, sentences);
                }
            }
            articles.add(sentences);
        }
    }

    /** Every message is an article of its words that are not rare, and every run of so many of them a sentence. */
    private void readMessages() throws IOException {
        List<List<String>> messages = new ArrayList<>();
        for (String file : List.of("train", "dev", "test")) {
            Path table = Repository.root().resolve("examples/messages/" + file + ".tsv");
            Files.readAllLines(table).stream()
                    .skip(1)
                    .map(line -> words(line.split("\t")[0]))
                    .forEach(messages::add);
        }
        Map<String, Long> times = messages.stream()
                .flatMap(List::stream)
                .collect(Collectors.groupingBy(word -> word, Collectors.counting()));
        for (List<String> message : messages) {
            List<String> usual =
                    message.stream().filter(word -> times.get(word) >= RARE).toList();
            List<String> sentences = new ArrayList<>();
            for (int i = 0; i + RUN <= usual.size(); i++) {
                add(usual.subList(i, i + RUN), sentences);
            }
            articles.add(sentences);
        }
    }

    private void add(List<String> words, List<String> sentences) {
        sentences.add(String.join(" ", words));
        words.forEach(word -> counts.merge(word, 1, Integer::sum));
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^a-z']+"))
                .filter(word -> !word.isBlank())
                .toList();
    }

    /** Files of sentences and the words of each that are wanted; the last articles are for development and test. */
    private DataSpec data(String name, Predicate<String> wanted, int first, int most) throws IOException {
        int train = articles.size() * 85 / 100;
        int dev = articles.size() * 87 / 100;
        Path trainFile = write(name + "-train", articles.subList(0, train), wanted, first, most);
        Path devFile = write(name + "-dev", articles.subList(train, dev), wanted, first, 60);
        Path testFile = write(name + "-test", articles.subList(dev, articles.size()), wanted, first, 300);
        return DataSpec.of(trainFile)
                .withDev(devFile)
                .withTest(testFile)
                .withTargets(LabelKind.SUMMARY, "sentence", "words");
    }

    private Path write(String name, List<List<String>> from, Predicate<String> wanted, int first, int most)
            throws IOException {
        List<String> lines = from.stream()
                .flatMap(List::stream)
                .map(sentence -> sentence + "\t"
                        + Arrays.stream(sentence.split(" "))
                                .filter(wanted)
                                .limit(first)
                                .collect(Collectors.joining(" ")))
                .filter(line -> !line.endsWith("\t"))
                .limit(most)
                .collect(Collectors.toCollection(ArrayList::new));
        lines.add(0, "sentence\twords");
        return Files.write(folder.resolve(name + ".tsv"), lines);
    }

    /** ROUGE-L of the sentence's first words, as many as are wanted. */
    private static double copying(DataSpec data) throws IOException {
        List<String> copies = new ArrayList<>();
        List<String> references = new ArrayList<>();
        for (String line :
                Files.readAllLines(data.test().orElseThrow()).stream().skip(1).toList()) {
            String[] cells = line.split("\t");
            copies.add(Arrays.stream(cells[0].split(" "))
                    .limit(cells[1].split(" ").length)
                    .collect(Collectors.joining(" ")));
            references.add(cells[1]);
        }
        return Rouge.of(copies, references, true).rougeL().fMeasure();
    }

    /** A BART of 1.4 million random weights, and a tokenizer with a token for each frequent word. */
    private static void writeModel(Path to, List<String> byFrequency) throws IOException {
        Files.createDirectories(to);
        List<String> vocabulary = new ArrayList<>(SPECIAL);
        vocabulary.addAll(byFrequency.subList(0, Math.min(VOCABULARY, byFrequency.size())));
        ObjectNode config = JSON.createObjectNode();
        config.put("model_type", "bart").put("vocab_size", vocabulary.size()).put("d_model", 128);
        for (String stack : List.of("encoder", "decoder")) {
            config.put(stack + "_layers", 2).put(stack + "_attention_heads", 4).put(stack + "_ffn_dim", 256);
        }
        config.put("max_position_embeddings", 40).put("forced_eos_token_id", 2);
        JSON.writeValue(to.resolve("config.json").toFile(), config);
        JSON.writeValue(to.resolve("tokenizer.json").toFile(), tokenizer(vocabulary));
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> weights = new LinkedHashMap<>();
            Bart.weightShapes(Bart.Config.of(new ModelConfig(config))).forEach((name, shape) -> {
                Rng rng = Rng.of(1, name);
                // Words at about unit length, all else as BART starts.
                double deviation = name.equals("shared.weight") ? 1 / Math.sqrt(128) : 0.02;
                float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
                for (int i = 0; i < values.length; i++) {
                    values[i] = name.endsWith("bias")
                            ? 0
                            : name.contains("norm") ? 1 : (float) (deviation * rng.nextGaussian());
                }
                weights.put("model." + name, Tensor.create(values, shape));
            });
            Safetensors.write(to.resolve("model.safetensors"), weights, Map.of());
        }
    }

    private static ObjectNode tokenizer(List<String> vocabulary) {
        ObjectNode root = JSON.createObjectNode().put("version", "1.0");
        ArrayNode added = root.putArray("added_tokens");
        for (String token : SPECIAL) {
            added.addObject()
                    .put("id", SPECIAL.indexOf(token))
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        root.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
        ObjectNode processor = root.putObject("post_processor").put("type", "TemplateProcessing");
        for (String kind : List.of("single", "pair")) {
            ArrayNode template = processor.putArray(kind);
            template.addObject().putObject("SpecialToken").put("id", "<s>").put("type_id", 0);
            for (String part : kind.equals("single") ? List.of("A") : List.of("A", "B")) {
                template.addObject().putObject("Sequence").put("id", part).put("type_id", 0);
                template.addObject().putObject("SpecialToken").put("id", "</s>").put("type_id", 0);
            }
        }
        ObjectNode tokens = processor.putObject("special_tokens");
        for (String token : List.of("<s>", "</s>")) {
            ObjectNode special = tokens.putObject(token).put("id", token);
            special.putArray("ids").add(SPECIAL.indexOf(token));
            special.putArray("tokens").add(token);
        }
        ObjectNode model = root.putObject("model").put("type", "WordLevel").put("unk_token", "<unk>");
        ObjectNode ids = model.putObject("vocab");
        vocabulary.forEach(word -> ids.put(word, ids.size()));
        return root;
    }

    /** The tuned model as a base model of its own. */
    private static void merge(TunedModel model, Path base, Path to) throws IOException {
        Files.createDirectories(to);
        for (String file : List.of("config.json", "tokenizer.json")) {
            Files.copy(base.resolve(file), to.resolve(file));
        }
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> weights = new LinkedHashMap<>();
            model.merge().forEach((name, tensor) -> weights.put("model." + name, tensor.detach()));
            Safetensors.write(to.resolve("model.safetensors"), weights, Map.of());
        }
    }
}
