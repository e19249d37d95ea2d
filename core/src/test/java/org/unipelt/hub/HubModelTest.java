package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.download.DownloadEvent;
import org.unipelt.download.Hub;
import org.unipelt.download.HubName;
import org.unipelt.tensor.Compute;
import org.unipelt.testkit.LoopbackHub;
import org.unipelt.testkit.TinyBert;

/** Downloads a model from a loopback server that plays the hub. */
class HubModelTest {
    private static final String NAME = "some-org/tiny-bert";
    private static final String WEIGHTS = TinyBert.WEIGHTS;

    @TempDir
    Path home;

    private final List<DownloadEvent> events = new ArrayList<>();
    private LoopbackHub server;
    private Path original;
    private String commit;

    @BeforeEach
    void serve() throws IOException {
        server = new LoopbackHub();
        original = TinyBert.write(home.resolve("original"));
        Files.writeString(
                original.resolve("modules.json"),
                "[{\"type\": \"sentence_transformers.models.Transformer\", \"path\": \"\"},"
                        + " {\"type\": \"sentence_transformers.models.Pooling\", \"path\": \"1_Pooling\"}]");
        Files.createDirectories(original.resolve("1_Pooling"));
        Files.writeString(original.resolve("1_Pooling/config.json"), "{\"pooling_mode_mean_tokens\": true}");
        Files.writeString(original.resolve("README.md"), "not needed");
        Files.writeString(original.resolve("pytorch_model.bin"), "not needed");
        commit = server.add(NAME, original);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path cache() {
        return home.resolve("hf/hub");
    }

    private Path repository() {
        return cache().resolve("models--some-org--tiny-bert");
    }

    private Hub hub(String... variables) {
        Map<String, String> environment = new HashMap<>(server.environment(home.resolve("hf")));
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        return Hub.of(environment, home).withListener(events::add);
    }

    private HubModel fetch(String name, String... variables) {
        return HubModel.of(hub(variables), HubName.parse(name).orElseThrow());
    }

    private void refused(String name, String... words) {
        Throwable thrown = catchThrowable(() -> fetch(name));
        assertThat(thrown).isInstanceOf(InputException.class).hasMessageContainingAll(words);
        assertThat(thrown.getMessage()).doesNotContain("\n").doesNotContain("secret");
    }

    private List<String> remarks() {
        return events.stream()
                .filter(DownloadEvent.Remark.class::isInstance)
                .map(event -> ((DownloadEvent.Remark) event).line())
                .toList();
    }

    @Test
    void onlyWhatIsNeededIsDownloadedOnceAndReadLikeAFolder() throws IOException {
        try (PretrainedModel model = PretrainedModel.open(NAME, hub());
                PretrainedModel folder = PretrainedModel.open(original.toString())) {
            assertThat(model.name()).isEqualTo(NAME);
            assertThat(model.fingerprint()).isEqualTo(folder.fingerprint());
            assertThat(model.tokenizer().fingerprint())
                    .isEqualTo(folder.tokenizer().fingerprint());
            assertThat(model.pooling()).isEqualTo(folder.pooling());
        }
        Path snapshot = repository().resolve("snapshots").resolve(commit);
        try (Stream<Path> files = Files.walk(snapshot)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> snapshot.relativize(file).toString())
                            .toList())
                    .containsExactlyInAnyOrder(
                            "config.json", "vocab.txt", "model.safetensors", "modules.json", "1_Pooling/config.json");
        }
        assertThat(repository().resolve("refs/main")).hasContent(commit);
        assertThat(Files.readSymbolicLink(snapshot.resolve(WEIGHTS)))
                .isEqualTo(Path.of("../../blobs")
                        .resolve(LoopbackHub.hash("SHA-256", Files.readAllBytes(original.resolve(WEIGHTS)))));
        assertThat(Files.readSymbolicLink(snapshot.resolve("1_Pooling/config.json"))
                        .startsWith("../../../blobs"))
                .isTrue();
        assertThat(repository().resolve(".no_exist").resolve(commit).resolve("tokenizer.json"))
                .exists();
        assertThat(server.requests("GET", "README.md")).isEmpty();
        assertThat(server.requests("HEAD", "pytorch_model.bin")).isEmpty();
        DownloadEvent.Began began = (DownloadEvent.Began) events.get(0);
        assertThat(began.host()).isEqualTo("127.0.0.1:" + server.endpoint().getPort());
        assertThat(began.files()).isEqualTo(5);
        assertThat(events.get(events.size() - 1)).isInstanceOf(DownloadEvent.Ended.class);
        assertThat(events.get(events.size() - 2)).isEqualTo(new DownloadEvent.Advanced(began.bytes(), began.bytes()));

        server.forget();
        events.clear();
        fetch(NAME);
        fetch(NAME, "HF_HUB_OFFLINE", "1");
        fetch(NAME + "@" + commit);
        assertThat(server.requests()).as("what the cache has is not asked for").isEmpty();
        assertThat(events).isEmpty();
    }

    @Test
    void aNewCommitIsTakenOnlyIfAsked() throws IOException {
        fetch(NAME);
        Files.writeString(original.resolve("tokenizer_config.json"), "{\"do_lower_case\": false}");
        String newer = server.add(NAME, original);
        assertThat(fetch(NAME).commit()).isEqualTo(commit);
        server.forget();
        assertThat(HubModel.newest(hub(), HubName.parse(NAME).orElseThrow()).commit())
                .isEqualTo(newer);
        assertThat(server.requests("GET", WEIGHTS)).as("the same content").isEmpty();
        assertThat(server.requests("GET", "tokenizer_config.json")).hasSize(1);
        assertThat(fetch(NAME).commit()).isEqualTo(newer);
        assertThat(fetch(NAME + "@" + commit).commit()).isEqualTo(commit);
    }

    @Test
    void aRenamedRepositoryIsFollowedAndTheTokenStaysAtTheHub() {
        server.rename("tiny-bert", NAME);
        fetch("tiny-bert", "HF_TOKEN", "hf_secret");
        assertThat(cache().resolve("models--tiny-bert/refs/main")).hasContent(commit);
        assertThat(server.requests()).anyMatch(request -> request.host().equals("store"));
        assertThat(server.requests())
                .allSatisfy(request -> assertThat(request.token().isPresent())
                        .isEqualTo(request.host().equals("hub")));
    }

    @Test
    void theTokenComesFromItsFile() throws IOException {
        Files.createDirectories(home.resolve("hf"));
        Files.writeString(home.resolve("hf/token"), "hf_secret\n");
        fetch(NAME);
        assertThat(server.requests().get(0).token()).contains("Bearer hf_secret");
        assertThatThrownBy(() -> hub("HF_TOKEN", "two words"))
                .hasMessageContaining("HF_TOKEN has blanks")
                .hasMessageNotContaining("two");
        server.forget();
        fetch("tiny-bert@main".replace("tiny", "some-org/tiny"), "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
        assertThat(server.requests()).allMatch(request -> request.token().isEmpty());
    }

    @Test
    void aCutConnectionIsContinued() throws IOException {
        byte[] weights = server.content(NAME, WEIGHTS);
        server.answerOnce(
                "GET",
                "tiny-bert/" + WEIGHTS,
                1,
                exchange -> LoopbackHub.sendPart(exchange, weights, weights.length / 2, 100));
        fetch(NAME);
        assertThat(server.requests("GET", "tiny-bert/" + WEIGHTS).get(1).range())
                .contains("bytes=" + weights.length / 2 + "-");
        same();
    }

    @Test
    void aStalledConnectionIsContinued() throws IOException {
        byte[] weights = server.content(NAME, WEIGHTS);
        server.answerOnce(
                "GET", "tiny-bert/" + WEIGHTS, 1, exchange -> LoopbackHub.sendPart(exchange, weights, 1000, 20_000));
        long start = System.nanoTime();
        fetch(NAME);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
        assertThat(server.requests("GET", "tiny-bert/" + WEIGHTS).get(1).range())
                .contains("bytes=1000-");
        same();
    }

    @Test
    void aServerThatIgnoresTheRangeStartsAnew() throws IOException {
        byte[] weights = server.content(NAME, WEIGHTS);
        part(Arrays.copyOf(weights, 500));
        server.answerOnce("GET", "tiny-bert/" + WEIGHTS, 1, exchange -> {
            exchange.getRequestHeaders().remove("Range");
            return LoopbackHub.send(exchange, weights);
        });
        fetch(NAME);
        same();
    }

    @Test
    void aRefusedRangeStartsAnew() throws IOException {
        part(new byte[500]);
        server.answerOnce(
                "GET", "tiny-bert/" + WEIGHTS, 1, exchange -> LoopbackHub.refuse(exchange, 416, "Content-Range", "x"));
        fetch(NAME);
        assertThat(server.requests("GET", "tiny-bert/" + WEIGHTS).get(1).range())
                .isEmpty();
        same();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 500, -1, 1})
    void aWrongBeginningOfAnEarlierDownloadIsFound(int length) throws IOException {
        byte[] weights = server.content(NAME, WEIGHTS);
        // -1: as long as the whole; 1: longer.
        part(new byte[length == 1 || length == -1 ? weights.length + Math.max(0, length) : length]);
        fetch(NAME);
        same();
    }

    @Test
    void aWholeEarlierDownloadNeedsNoMore() throws IOException {
        part(server.content(NAME, WEIGHTS));
        fetch(NAME);
        assertThat(server.requests("GET", WEIGHTS)).isEmpty();
        assertThat(((DownloadEvent.Began) events.get(0)).present()).isEqualTo(server.content(NAME, WEIGHTS).length);
        same();
    }

    @ParameterizedTest
    @ValueSource(strings = {WEIGHTS, "vocab.txt"})
    void anotherContentThanAnnouncedIsRefusedAndNotKept(String file) throws IOException {
        byte[] wrong = server.content(NAME, file);
        wrong[wrong.length - 1] ^= 1;
        // Weights are redirected from the hub to the host that has the content.
        server.answer(exchange -> exchange.getRequestMethod().equals("GET")
                && exchange.getRequestURI().getPath().endsWith(file.equals(WEIGHTS) ? "tiny-bert/" + file : "/" + file)
                && LoopbackHub.send(exchange, wrong));
        refused(NAME, file, "another content than announced");
        try (Stream<Path> blobs = Files.list(repository().resolve("blobs"))) {
            assertThat(blobs).noneMatch(blob -> blob.toString().endsWith(".incomplete"));
        }
        server.forget();
        fetch(NAME);
        same();
    }

    @Test
    void aConnectionThatBreaksAgainAndAgainKeepsWhatArrived() throws IOException {
        byte[] weights = server.content(NAME, WEIGHTS);
        server.answer(exchange -> exchange.getRequestURI().getPath().endsWith("tiny-bert/" + WEIGHTS)
                && (exchange.getRequestHeaders().getFirst("Range") == null
                        ? LoopbackHub.sendPart(exchange, weights, 300, 0)
                        : LoopbackHub.refuse(exchange, 403)));
        refused(NAME, "broke", "goes on from there", "127.0.0.1 answers 403");
        server.forget();
        fetch(NAME);
        assertThat(server.requests("GET", "tiny-bert/" + WEIGHTS).get(0).range())
                .contains("bytes=300-");
        same();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "404 | X-Error-Code | RepoNotFound     | no model 'some-org/tiny-bert' at 127.0.0.1",
                "401 | X-Error-Code | RepoNotFound     | log in: set HF_TOKEN, or run 'hf auth login'",
                "401 | X-Error-Code | GatedRepo        | is gated: ask for access at http://127.0.0.1",
                "403 | X-Error-Code | GatedRepo        | , then set HF_TOKEN",
                "404 | X-Error-Code | RevisionNotFound | has no revision 'main'",
                "404 | X-Error-Code | EntryNotFound    | has no config.json",
                "404 | X-Other      | x                | has no config.json",
                "401 | X-Other      | x                | no such model, or it is private or gated, or it wants a token",
                "403 | X-Error-Message | is disabled   | forbids some-org/tiny-bert (is disabled)",
                "400 | X-Other      | x                | answers 400",
                "200 | X-Other      | x                | does not answer like a hub",
                "302 | Location     | ftp://x/y        | redirects to an address that is not safe",
            })
    void eachRefusalIsOneLine(int status, String header, String value, String words) {
        server.answer(exchange -> LoopbackHub.refuse(exchange, status, header, value));
        refused(NAME, words);
        assertThat(repository().resolve("snapshots")).doesNotExist();
    }

    @Test
    void aTokenThatHelpsNotIsNamed() {
        server.answer(exchange -> LoopbackHub.refuse(exchange, 401));
        assertThatThrownBy(() -> fetch(NAME, "HF_TOKEN", "hf_secret"))
                .hasMessageContaining("the token is wrong or expired")
                .hasMessageNotContaining("hf_secret");
    }

    @Test
    void aRevisionThatIsMissingIsNamed() {
        refused(NAME + "@v9", "has no revision 'v9'");
    }

    @Test
    void tooManyRequestsWaitAsTold() {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(2));
        server.answerOnce(
                "HEAD",
                "config.json",
                1,
                exchange ->
                        LoopbackHub.refuse(exchange, 429, "RateLimit", "\"resolvers\";r=0;t=1", "Retry-After", "700"));
        server.answerOnce("HEAD", "modules.json", 1, exchange -> LoopbackHub.refuse(exchange, 429, "Retry-After", "1"));
        server.answerOnce("GET", "vocab.txt", 1, exchange -> LoopbackHub.refuse(exchange, 429, "Retry-After", date));
        server.answerOnce("HEAD", WEIGHTS, 1, exchange -> LoopbackHub.refuse(exchange, 503));
        long start = System.nanoTime();
        fetch(NAME);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(3));
        assertThat(remarks()).hasSize(3).allMatch(line -> line.contains("allows no more requests for"));
    }

    @Test
    void aLongWaitIsTheUsersDecision() {
        server.answer(exchange -> LoopbackHub.refuse(exchange, 429, "Retry-After", "3600"));
        refused(NAME, "allows no more requests for 3600 s; try again then");
    }

    @Test
    void weightsOfPyTorchComeOnlyWithoutSafetensors() throws IOException {
        server.add(NAME, original);
        fetch(NAME);
        assertThat(server.requests("GET", "pytorch_model.bin")).isEmpty();

        server.forget();
        Files.delete(original.resolve(WEIGHTS));
        server.add("other/model", original);
        fetch("other/model");
        assertThat(server.requests("GET", "pytorch_model.bin")).hasSize(1);
    }

    @Test
    void unknownArchitecturesAreRefusedBeforeTheyAreDownloaded() throws IOException {
        Files.writeString(original.resolve("config.json"), "{\"model_type\": \"rwkv\"}");
        server.add("other/rwkv", original);
        refused("other/rwkv", "model_type 'rwkv' in config.json is a decoder without an encoder");
        assertThat(server.requests("HEAD", "modules.json")).isEmpty();
    }

    @Test
    void aTokenizerThatCannotBeReadStopsBeforeTheWeights() throws IOException {
        Files.writeString(original.resolve("tokenizer_config.json"), "{\"padding_side\": \"left\"}");
        server.add(NAME, original);
        refused(NAME, "padding_side");
        assertThat(server.requests("GET", WEIGHTS)).isEmpty();
    }

    @Test
    void anAnnouncedSizeWithoutRoomIsRefused() {
        server.answer(exchange -> exchange.getRequestURI().getPath().endsWith(WEIGHTS)
                && LoopbackHub.refuse(
                        exchange,
                        302,
                        "X-Repo-Commit",
                        commit,
                        "X-Linked-Etag",
                        "\"" + "a".repeat(64) + "\"",
                        "X-Linked-Size",
                        "900000000000000000",
                        "Location",
                        "http://localhost/"));
        refused(NAME, "but its disk has only", "HF_HOME");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsToldInOneLine() throws IOException {
        Path blobs = Files.createDirectories(repository().resolve("blobs"));
        String hash = LoopbackHub.hash("SHA-256", server.content(NAME, WEIGHTS));
        Files.createSymbolicLink(blobs.resolve(hash + ".unipelt.incomplete"), Path.of("/dev/full"));
        refused(NAME, "cannot write", "No space left on device", "make room, or let HF_HOME name a folder elsewhere");
    }

    @Test
    void namesThatLeadElsewhereAreRefused() throws IOException {
        Files.writeString(original.resolve("modules.json"), "[{\"type\": \"x.Pooling\", \"path\": \"../../evil\"}]");
        server.add("some-org/evil", original);
        refused("some-org/evil", "names the file '../../evil/config.json', which is not inside of it");
        assertThat(HubName.parse("../evil")).isEmpty();
        assertThat(HubName.parse("a--b/c")).isEmpty();
        assertThat(HubName.parse("a/b@../../c")).isEmpty();
        assertThat(HubName.parse("a/b@refs/pr/1").orElseThrow().revision()).isEqualTo("refs/pr/1");
        server.answer(exchange -> exchange.getRequestMethod().equals("HEAD")
                && exchange.getRequestURI().getPath().endsWith("vocab.txt")
                && LoopbackHub.refuse(exchange, 200, "X-Repo-Commit", commit, "ETag", "\"../../../evil\""));
        refused(NAME, "does not answer like a hub");
    }

    @Test
    void withoutLinksTheFilesLieInTheSnapshot() throws IOException {
        HubModel model = fetch(NAME, "HF_HUB_DISABLE_SYMLINKS", "1");
        assertThat(Files.isRegularFile(model.folder().resolve(WEIGHTS), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
        server.forget();
        fetch(NAME);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void offlineUsesTheCacheAloneAndSaysWhatItDoesNotKnow() throws IOException {
        assertThatThrownBy(() -> fetch(NAME, "HF_HUB_OFFLINE", "yes"))
                .hasMessageContaining("no model 'some-org/tiny-bert' in the cache ");
        fetch(NAME);
        // As a program leaves it that does not need the pooling.
        Files.delete(repository().resolve("snapshots/" + commit + "/modules.json"));
        server.forget();
        fetch(NAME, "HF_HUB_OFFLINE", "1");
        assertThat(remarks())
                .hasSize(1)
                .first()
                .asString()
                .contains("not known is whether the hub also has modules.json, because HF_HUB_OFFLINE");
        assertThat(server.requests()).isEmpty();
        fetch(NAME);
        assertThat(server.requests("HEAD", "modules.json")).hasSize(1);

        Files.delete(repository().resolve("snapshots/" + commit + "/" + WEIGHTS));
        assertThatThrownBy(() -> fetch(NAME, "HF_HUB_OFFLINE", "1"))
                .hasMessageContaining("(not model.safetensors, model.safetensors.index.json, pytorch_model.bin and ");
        assertThatThrownBy(() -> HubModel.newest(
                        hub("HF_HUB_OFFLINE", "1"), HubName.parse(NAME).orElseThrow()))
                .hasMessageContaining("HF_HUB_OFFLINE is set");
    }

    @Test
    void anUnreachableHubIsLikeNone() throws IOException {
        fetch(NAME);
        server.close();
        fetch(NAME);
        Files.delete(repository().resolve("snapshots/" + commit + "/modules.json"));
        fetch(NAME);
        assertThat(remarks()).hasSize(1).first().asString().contains("cannot be reached");
        refused("some-org/other", "no model 'some-org/other' in the cache ", "cannot be reached");
    }

    @Test
    void theListOfATreeTellsWhatIsNotThere() throws IOException {
        fetch(NAME);
        Path lacks = repository().resolve(".no_exist").resolve(commit);
        try (Stream<Path> marks = Files.walk(lacks)) {
            for (Path mark : marks.filter(Files::isRegularFile).toList()) {
                Files.delete(mark);
            }
        }
        Files.createDirectories(repository().resolve("trees"));
        Files.writeString(
                repository().resolve("trees/" + commit + ".json"),
                "{\"format_version\": 1, \"files\": {\"config.json\": {\"size\": 1}}}");
        fetch(NAME, "HF_HUB_OFFLINE", "1");
        assertThat(remarks()).isEmpty();
    }

    @Test
    void shardsAreFoundByTheirIndex() throws IOException {
        Files.move(original.resolve(WEIGHTS), original.resolve("model-00001-of-00001.safetensors"));
        StringBuilder map = new StringBuilder();
        try (PretrainedModel model =
                PretrainedModel.open(Files.move(original, home.resolve("moved")).toString())) {
            assertThat(model).isNull();
        } catch (InputException e) {
            original = home.resolve("moved");
        }
        byte[] shard = Files.readAllBytes(original.resolve("model-00001-of-00001.safetensors"));
        String header = new String(shard, 8, (shard[0] & 0xff) | ((shard[1] & 0xff) << 8), StandardCharsets.UTF_8);
        for (String name : new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(header).properties().stream()
                        .map(Map.Entry::getKey)
                        .filter(name -> !name.equals("__metadata__"))
                        .toList()) {
            map.append(map.length() == 0 ? "" : ",")
                    .append('"')
                    .append(name)
                    .append("\": \"model-00001-of-00001.safetensors\"");
        }
        Files.writeString(original.resolve("model.safetensors.index.json"), "{\"weight_map\": {" + map + "}}");
        server.add(NAME, original);
        try (PretrainedModel model = PretrainedModel.open(NAME, hub())) {
            assertThat(model.weights().names()).isNotEmpty();
        }
        Files.delete(original.resolve("model-00001-of-00001.safetensors"));
        server.add("other/part", original);
        refused("other/part", "lacks model-00001-of-00001.safetensors");
    }

    @Test
    void twoProcessesDownloadOnce() throws Exception {
        byte[] weights = server.content(NAME, WEIGHTS);
        server.answer(exchange -> exchange.getRequestURI().getPath().endsWith("tiny-bert/" + WEIGHTS)
                && slow(weights.length / 4)
                && LoopbackHub.send(exchange, weights));
        Process first = process();
        Process second = process();
        String said = said(first) + said(second);
        assertThat(first.waitFor() + second.waitFor()).as(said).isZero();
        assertThat(server.requests("GET", "tiny-bert/" + WEIGHTS)).hasSize(1);
        assertThat(said).contains("another process is downloading some-org/tiny-bert; waiting for it");
        same();
    }

    private static boolean slow(int pause) {
        try {
            Thread.sleep(Math.min(1500, pause));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    @Test
    void aKilledProcessIsContinued() throws Exception {
        byte[] weights = server.content(NAME, WEIGHTS);
        server.answerOnce(
                "GET", "tiny-bert/" + WEIGHTS, 1, exchange -> LoopbackHub.sendPart(exchange, weights, 2000, 60_000));
        Process killed = process("HF_HUB_DOWNLOAD_TIMEOUT", "100");
        try (InputStream out = killed.getInputStream()) {
            StringBuilder said = new StringBuilder();
            while (!said.toString().matches("(?s).*Advanced\\[present=\\d{4,}, .*") || part().length < 2000) {
                int next = out.read();
                assertThat(next).as(said.toString()).isNotNegative();
                said.append((char) next);
            }
        }
        killed.destroyForcibly().waitFor();
        server.forget();
        fetch(NAME);
        assertThat(server.requests("GET", "tiny-bert/" + WEIGHTS).get(0).range())
                .contains("bytes=2000-");
        assertThat(((DownloadEvent.Began) events.get(0)).present()).isEqualTo(2000);
        same();
    }

    @Test
    void anInterruptEndsTheDownloadAtOnce() throws Exception {
        byte[] weights = server.content(NAME, WEIGHTS);
        server.answerOnce(
                "GET", "tiny-bert/" + WEIGHTS, 1, exchange -> LoopbackHub.sendPart(exchange, weights, 2000, 60_000));
        Throwable[] thrown = new Throwable[1];
        boolean[] still = new boolean[1];
        Thread thread = new Thread(() -> {
            thrown[0] = catchThrowable(() -> fetch(NAME, "HF_HUB_DOWNLOAD_TIMEOUT", "100"));
            still[0] = Thread.currentThread().isInterrupted();
        });
        thread.start();
        long start = System.nanoTime();
        while (part().length < 2000 && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30)) {
            Thread.sleep(20);
        }
        thread.interrupt();
        thread.join(5000);
        assertThat(thrown[0]).isInstanceOf(CancellationException.class);
        assertThat(still[0]).isTrue();
        fetch(NAME);
        same();
    }

    @Test
    void aNameThatIsAFolderTooSaysWhichItIs() throws IOException {
        // Relative names are seen from the module's folder.
        Path folder = Path.of("target/hub-name");
        TinyBert.write(folder);
        try (PretrainedModel model = PretrainedModel.open("target/hub-name", hub())) {
            assertThat(remarks())
                    .containsExactly("target/hub-name is taken from the folder of that name; the hub's model is"
                            + " target/hub-name@main");
            assertThat(model.name()).isEqualTo(folder.toString());
        }
        events.clear();
        PretrainedModel.open("./target/hub-name", hub()).close();
        assertThat(remarks()).isEmpty();
        server.add("target/hub-name", original);
        try (PretrainedModel model = PretrainedModel.open("target/hub-name@main", hub())) {
            assertThat(model.name()).isEqualTo("target/hub-name@main");
        }
    }

    @Test
    void theAuthorsNameOfAnEmbeddedModelSaysSo() throws IOException {
        server.add("BAAI/bge-small-en-v1.5", original);
        BaseModel.open("BAAI/bge-small-en-v1.5", Compute.cpu(), hub()).close();
        assertThat(remarks())
                .containsExactly("BAAI/bge-small-en-v1.5 also comes with the library, without its pooler, as bge-small,"
                        + " which needs no download");
    }

    @Test
    void whatIsThereIsListed() throws IOException {
        fetch(NAME);
        Files.delete(repository().resolve("snapshots/" + commit + "/" + WEIGHTS));
        server.rename("whole", NAME);
        fetch("whole");
        assertThat(AvailableModel.cached(hub()))
                .extracting(AvailableModel::name, model -> model.lack().orElse(""))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(NAME, "not whole"),
                        org.assertj.core.groups.Tuple.tuple("whole", ""));
        assertThat(AvailableModel.in(home)).extracting(AvailableModel::name).contains(original.toString());
        assertThat(AvailableModel.embedded())
                .allSatisfy(model -> assertThat(model.bytes()).isGreaterThan(50_000_000));
    }

    private Path partFile() {
        String hash = LoopbackHub.hash("SHA-256", server.content(NAME, WEIGHTS));
        return repository().resolve("blobs").resolve(hash + ".unipelt.incomplete");
    }

    private byte[] part() throws IOException {
        return Files.exists(partFile()) ? Files.readAllBytes(partFile()) : new byte[0];
    }

    private void part(byte[] content) throws IOException {
        Files.createDirectories(partFile().getParent());
        Files.write(partFile(), content);
    }

    private void same() throws IOException {
        Path snapshot = repository().resolve("snapshots").resolve(commit);
        for (String file : List.of("config.json", "vocab.txt", WEIGHTS)) {
            assertThat(snapshot.resolve(file)).hasSameBinaryContentAs(original.resolve(file));
        }
        try (Stream<Path> blobs = Files.list(repository().resolve("blobs"))) {
            assertThat(blobs).noneMatch(blob -> blob.toString().endsWith(".incomplete"));
        }
    }

    private Process process(String... variables) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        FetchProcess.class.getName(),
                        NAME)
                .redirectErrorStream(true);
        builder.environment().remove("HF_HUB_OFFLINE");
        builder.environment().putAll(server.environment(home.resolve("hf")));
        for (int i = 0; i < variables.length; i += 2) {
            builder.environment().put(variables[i], variables[i + 1]);
        }
        return builder.start();
    }

    private static String said(Process process) throws IOException {
        try (InputStream out = process.getInputStream()) {
            return new String(out.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
