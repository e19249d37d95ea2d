package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.server.Models;
import org.unipelt.server.Server;
import org.unipelt.server.ServerSettings;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt serve}: answers for tuned models over HTTP. */
@Command(
        name = "serve",
        header = "Answers for tuned models over HTTP.",
        description = {
            "",
            "Each model has the name of its folder; models of one base model share it. /predict and /rerank have the bodies"
                    + " of text-embeddings-inference, with \"adapter\" to name a model; /v2 is the Open Inference Protocol."
                    + " Ctrl-C answers what was taken, then ends.",
            ""
        },
        sortOptions = false,
        abbreviateSynopsis = true,
        footer = {
            "",
            "Examples:",
            "  unipelt serve my-model",
            "  unipelt serve models --port 9000 --token-file token.txt",
            "  unipelt serve models --admin-port 8081 --allow-load models"
        })
final class ServeCommand implements Callable<Integer> {
    private static final long LOOK = 50;

    private final Console console;

    @Parameters(
            arity = "1..*",
            paramLabel = "FOLDER",
            description = "Folders that 'unipelt train' left, or folders of such folders.")
    private List<Path> folders;

    @ArgGroup(validate = false, heading = "%nWhere it listens:%n")
    private Listening listening = new Listening();

    @ArgGroup(validate = false, heading = "%nWhat a request may hold:%n")
    private Allowed allowed = new Allowed();

    @ArgGroup(validate = false, heading = "%nBatches of several requests:%n")
    private Batched batched = new Batched();

    @Mixin
    private OpenOptions open;

    @Mixin
    private ToleranceOption tolerance;

    @Mixin
    private CommonOptions common;

    ServeCommand(Console console) {
        this.console = console;
    }

    /** Where it listens. */
    static final class Listening {
        @Option(
                names = "--host",
                paramLabel = "HOST",
                description = "Name or number of this machine. Default: 127.0.0.1, for this machine only.")
        private String host = "127.0.0.1";

        @Option(names = "--port", paramLabel = "PORT", description = "Default: 8080; 0 takes a free one.")
        private int port = 8080;

        @Option(
                names = "--token-file",
                paramLabel = "FILE",
                description = "Every request must have the token in this file, as 'Authorization: Bearer TOKEN'.")
        private Path token;

        @Option(
                names = "--admin-port",
                paramLabel = "PORT",
                description = "Loads and unloads models there, with the bodies of vLLM's adapters; 0 takes a free one.")
        private Integer adminPort;

        @Option(
                names = "--allow-load",
                paramLabel = "FOLDER",
                description = "The only folder that models may be loaded from.")
        private Path loadable;

        ServerSettings.Address address() {
            return new ServerSettings.Address(
                    host,
                    port,
                    adminPort == null ? OptionalInt.empty() : OptionalInt.of(adminPort),
                    Optional.ofNullable(loadable));
        }

        Optional<String> token() {
            if (token == null) {
                return Optional.empty();
            }
            try {
                String text = Files.readString(token).strip();
                if (!text.matches("[\\x21-\\x7e]+")) {
                    throw new InputException(token + ": must hold one token, of letters, digits and signs");
                }
                return Optional.of(text);
            } catch (IOException e) {
                throw new InputException(token + ": cannot be read; --token-file needs a file with the token", e);
            }
        }
    }

    /** What a request may hold. */
    static final class Allowed {
        @Option(names = "--max-body", paramLabel = "BYTES", description = "Bytes of a body. Default: 2000000.")
        private int body = ServerSettings.Limits.USUAL.body();

        @Option(names = "--max-texts", paramLabel = "N", description = "Texts of a request. Default: 1000.")
        private int texts = ServerSettings.Limits.USUAL.texts();

        @Option(names = "--max-characters", paramLabel = "N", description = "Characters of a text. Default: 100000.")
        private int characters = ServerSettings.Limits.USUAL.characters();

        @Option(
                names = "--idle-ms",
                paramLabel = "MS",
                description = "Time that a client may send nothing. Default: 20000.")
        private long idle = ServerSettings.Limits.USUAL.idle().toMillis();

        ServerSettings.Limits limits() {
            return new ServerSettings.Limits(body, texts, characters, Duration.ofMillis(idle));
        }
    }

    /** How texts of several requests become one batch. */
    static final class Batched {
        @Option(names = "--wait-ms", paramLabel = "MS", description = "Time that a text waits for others. Default: 5.")
        private long delay = ServerSettings.Batching.USUAL.delay().toMillis();

        @Option(
                names = "--batch-tokens",
                paramLabel = "N",
                description = "Tokens at which a batch waits no longer. Default: 1024.")
        private int tokens = ServerSettings.Batching.USUAL.tokens();

        @Option(
                names = "--queue",
                paramLabel = "N",
                description = "Texts that may wait; further requests get the status 429. Default: 4000.")
        private int queue = ServerSettings.Batching.USUAL.queue();

        @Option(
                names = "--deadline-ms",
                paramLabel = "MS",
                description = "Time for a request; the header X-Timeout-Ms may shorten it. Default: 60000.")
        private long deadline = ServerSettings.Batching.USUAL.deadline().toMillis();

        ServerSettings.Batching batching() {
            return new ServerSettings.Batching(Duration.ofMillis(delay), tokens, queue, Duration.ofMillis(deadline));
        }
    }

    /** What is served, for {@code --json}. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Serving(String address, Optional<String> admin, List<String> models) {}

    @Override
    public Integer call() {
        tolerance.requireFits(open.precision());
        ServerSettings settings =
                new ServerSettings(listening.address(), allowed.limits(), batched.batching(), listening.token());
        try (Interruption stop = new Interruption(console);
                Models models = Models.open(folders, new Opener());
                Server server = Server.start(settings, models, this::tell)) {
            server.notes().forEach(console::say);
            announce(server, models);
            while (!stop.getAsBoolean()) {
                Thread.sleep(LOOK);
            }
            console.say("stopping: answers what it has taken");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    /** Opens base models, and measures what 8 bits cost each model. */
    private final class Opener implements Models.Opener {
        @Override
        public BaseModel open(Path folder, AdapterCard card) {
            return open.openBase(folder, card.base().name(), console);
        }

        @Override
        public void admit(Path folder, TunedModel model) {
            tolerance.check(folder, model, open.precision(), console);
        }
    }

    private void announce(Server server, Models models) {
        if (common.json()) {
            console.printJsonLine(new Serving(
                    server.address().toString(), server.adminAddress().map(Object::toString), models.names()));
        } else {
            console.print(server.address() + " answers for " + String.join(", ", models.names())
                    + server.adminAddress()
                            .map(admin -> "; " + admin + " loads and unloads")
                            .orElse(""));
        }
        console.out().flush();
    }

    /** An error of the program: clients see only that there was one. */
    private void tell(Throwable failure) {
        console.say("an error inside the server: " + failure);
    }
}
