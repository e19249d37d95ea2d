package org.unipelt.download;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;

/**
 * A hub and how to reach it: address, token, cache, and who listens to downloads. The environment variables are those of
 * Python's {@code huggingface_hub}: {@code HF_ENDPOINT}, {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HF_TOKEN}, {@code
 * HF_TOKEN_PATH}, {@code HF_HUB_OFFLINE}, {@code HF_HUB_DISABLE_IMPLICIT_TOKEN}, {@code HF_HUB_DISABLE_SYMLINKS}, {@code
 * HF_HUB_ETAG_TIMEOUT} and {@code HF_HUB_DOWNLOAD_TIMEOUT}. Immutable, so any number of threads may share it.
 *
 * @see <a href="https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables">their meanings</a>
 */
public final class Hub {
    private static final String ENDPOINT = "https://huggingface.co";
    private static final List<String> TRUE = List.of("1", "ON", "YES", "TRUE");
    private static final int TIMEOUT_SECONDS = 10;

    private final URI endpoint;
    private final HubCache cache;
    private final Optional<String> token;
    private final Optional<String> offline;
    private final Duration answerTimeout;
    private final Duration dataTimeout;
    private final DownloadEvent.Listener listener;

    private Hub(
            URI endpoint,
            HubCache cache,
            Optional<String> token,
            Optional<String> offline,
            Duration answerTimeout,
            Duration dataTimeout,
            DownloadEvent.Listener listener) {
        this.endpoint = endpoint;
        this.cache = cache;
        this.token = token;
        this.offline = offline;
        this.answerTimeout = answerTimeout;
        this.dataTimeout = dataTimeout;
        this.listener = listener;
    }

    /**
     * Returns the hub that this process' environment describes.
     *
     * @throws InputException if a variable has an unusable value
     */
    public static Hub ofEnvironment() {
        return of(System.getenv(), Path.of(System.getProperty("user.home", ".")));
    }

    /**
     * Returns the hub that environment variables describe.
     *
     * @param environment variables and their values
     * @param home the user's folder
     * @throws InputException if a variable has an unusable value
     */
    public static Hub of(Map<String, String> environment, Path home) {
        Objects.requireNonNull(environment, "environment is null");
        Objects.requireNonNull(home, "home is null");
        Path base = path(environment, "HF_HOME", home).orElseGet(() -> path(environment, "XDG_CACHE_HOME", home)
                .orElse(home.resolve(".cache"))
                .resolve("huggingface"));
        Path cache = path(environment, "HF_HUB_CACHE", home)
                .or(() -> path(environment, "HUGGINGFACE_HUB_CACHE", home))
                .orElse(base.resolve("hub"));
        Path tokenFile = path(environment, "HF_TOKEN_PATH", home).orElse(base.resolve("token"));
        return new Hub(
                endpoint(environment),
                new HubCache(cache, !isTrue(environment, "HF_HUB_DISABLE_SYMLINKS")),
                isTrue(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN") ? Optional.empty() : token(environment, tokenFile),
                List.of("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE").stream()
                        .filter(name -> isTrue(environment, name))
                        .findFirst(),
                seconds(environment, "HF_HUB_ETAG_TIMEOUT"),
                seconds(environment, "HF_HUB_DOWNLOAD_TIMEOUT"),
                DownloadEvent.Listener.NONE);
    }

    /** Returns the same hub, whose downloads report to a listener. */
    public Hub withListener(DownloadEvent.Listener other) {
        Objects.requireNonNull(other, "other is null");
        return new Hub(endpoint, cache, token, offline, answerTimeout, dataTimeout, other);
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).map(String::strip).filter(text -> !text.isEmpty());
    }

    private static boolean isTrue(Map<String, String> environment, String name) {
        return value(environment, name)
                .filter(text -> TRUE.contains(text.toUpperCase(Locale.ROOT)))
                .isPresent();
    }

    private static Optional<Path> path(Map<String, String> environment, String name, Path home) {
        return value(environment, name).map(text -> {
            try {
                return text.equals("~") || text.startsWith("~/")
                        ? home.resolve(text.replaceFirst("~/?", ""))
                        : Path.of(text);
            } catch (InvalidPathException e) {
                throw new InputException(name + " is '" + text + "', which is no path; set it to a folder", e);
            }
        });
    }

    private static URI endpoint(Map<String, String> environment) {
        String text = value(environment, "HF_ENDPOINT").orElse(ENDPOINT).replaceFirst("/+$", "");
        try {
            URI uri = new URI(text);
            if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme()) && uri.getQuery() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Told below.
        }
        throw new InputException(
                "HF_ENDPOINT is '" + text + "', which is no address of a hub; set it to one such as " + ENDPOINT);
    }

    private static Optional<String> token(Map<String, String> environment, Path file) {
        Optional<String> given = value(environment, "HF_TOKEN").or(() -> value(environment, "HUGGING_FACE_HUB_TOKEN"));
        boolean stored = given.isEmpty() && Files.isRegularFile(file);
        Optional<String> token = stored
                ? Optional.of(WholeFile.text(file, WholeFile.SETTINGS).strip()).filter(text -> !text.isEmpty())
                : given;
        // Such a header would be refused later, in a message that repeats the token.
        if (token.filter(text -> !text.matches("[\\x21-\\x7e]+")).isPresent()) {
            throw new InputException((stored ? file.toString() : "HF_TOKEN")
                    + " has blanks or other characters that no token has; copy the token again");
        }
        return token;
    }

    private static Duration seconds(Map<String, String> environment, String name) {
        String text = value(environment, name).orElse(Integer.toString(TIMEOUT_SECONDS));
        if (!text.matches("[1-9]\\d{0,5}")) {
            throw new InputException(name + " is '" + text + "'; set it to a number of seconds, such as 30");
        }
        return Duration.ofSeconds(Integer.parseInt(text));
    }

    /** Returns the hub's host as configured, with a port that is not the usual one. */
    public String host() {
        return endpoint.getPort() < 0 ? endpoint.getHost() : endpoint.getHost() + ":" + endpoint.getPort();
    }

    /** Returns the cache, which other programs use too. */
    public HubCache cache() {
        return cache;
    }

    /** Returns the environment variable that forbids requests, if one does. */
    public Optional<String> offline() {
        return offline;
    }

    /** Reports an event to the listener. */
    public void report(DownloadEvent event) {
        Objects.requireNonNull(event, "event is null");
        listener.on(event);
    }

    URI endpoint() {
        return endpoint;
    }

    /** Returns the user's token. It goes to the hub's own host and nowhere else, and into no message. */
    Optional<String> token() {
        return token;
    }

    /** Returns how long the hub may take to answer. */
    Duration answerTimeout() {
        return answerTimeout;
    }

    /** Returns how long a file's content may stall. */
    Duration dataTimeout() {
        return dataTimeout;
    }
}
