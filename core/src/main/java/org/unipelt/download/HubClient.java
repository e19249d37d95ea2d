package org.unipelt.download;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.unipelt.InputException;
import org.unipelt.Version;

/** Speaks HTTP with a hub: asks for a file's hash and size, and downloads it, with everything that can go wrong. */
final class HubClient {
    private static final int MOST_REDIRECTS = 10;
    /** Tries without a new byte. */
    private static final int TRIES = 5;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
    /** Nobody sits and waits longer than this. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(15);

    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int TIMED_OUT = 408;
    private static final int NOT_SATISFIABLE = 416;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;

    private static final String COMMIT = "X-Repo-Commit";
    private static final String LINKED_HASH = "X-Linked-Etag";
    private static final String LINKED_SIZE = "X-Linked-Size";

    /** A hash becomes a file's name. */
    private static final Pattern HASH = Pattern.compile("(?:W/)?\"?([\\w-][\\w.-]{0,127})\"?");

    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-.*");

    private final Hub hub;
    private final HttpClient http;

    HubClient(Hub hub) {
        this.hub = hub;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(hub.answerTimeout())
                // Followed here: the token must not follow.
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /**
     * A file that the hub has.
     *
     * @param commit the commit that the revision stands for
     */
    record Found(String commit, HubFile file) {}

    /**
     * Asks for a file. Empty if the revision has no such file.
     *
     * @throws InputException if the hub refuses
     * @throws Unreachable if it cannot be asked
     */
    Optional<Found> find(HubName name, String revision, String file) throws Unreachable {
        HttpResponse<Content> answer = ask("HEAD", address(name, revision, file), 0);
        answer.body().close();
        HttpHeaders headers = answer.headers();
        Refusal refusal = Refusal.of(answer.statusCode(), headers);
        if (refusal.isOfTheFile()) {
            return Optional.empty();
        }
        if (answer.statusCode() >= 400) {
            throw refusal.about(name, file, hub);
        }
        Matcher hash = HASH.matcher(headers.firstValue(LINKED_HASH)
                .or(() -> headers.firstValue("ETag"))
                .orElse(""));
        String commit = headers.firstValue(COMMIT).orElse("");
        if (!hash.matches() || !HubCache.isCommit(commit)) {
            throw new InputException(hub.host() + " does not answer like a hub when asked for " + file + " of "
                    + name.repository() + " (no " + (hash.matches() ? COMMIT : "ETag")
                    + "); check HF_ENDPOINT, and whether a proxy answers instead");
        }
        OptionalLong size = headers.firstValue(LINKED_SIZE)
                .map(text -> text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty())
                .orElseGet(
                        () -> isRedirect(answer) ? OptionalLong.empty() : headers.firstValueAsLong("Content-Length"));
        return Optional.of(new Found(commit, new HubFile(file, hash.group(1), size.orElse(-1), false)));
    }

    /**
     * Downloads a file's content, after what is there already.
     *
     * @param to where; its bytes are continued
     * @param progress receives the number of bytes that are there
     * @throws InputException if the hub refuses, the connection breaks again and again, or the disk is full; what has
     *     arrived stays
     */
    void download(HubName name, String commit, HubFile file, Path to, LongConsumer progress) {
        int failures = 0;
        while (true) {
            long had = length(to);
            if (file.size() >= 0 && had >= file.size()) {
                if (had == file.size() && Files.exists(to)) {
                    return;
                }
                cut(to);
                had = 0;
            }
            String why;
            try {
                HttpResponse<Content> answer = ask("GET", address(name, commit, file.name()), had);
                try (Content content = answer.body()) {
                    why = take(answer, name, file, content, had, to, progress);
                }
                if (why.isEmpty()) {
                    return;
                }
            } catch (Unreachable e) {
                why = e.getMessage();
            } catch (IOException e) {
                why = said(e);
            }
            failures = length(to) > had ? 1 : failures + 1;
            if (failures >= TRIES) {
                throw new InputException("the download of " + file.name() + " of " + name + " broke " + failures
                        + " times: " + why + "; what has arrived is kept, and the same command goes on from there");
            }
            pause(Duration.ofSeconds(1L << (failures - 1)));
        }
    }

    /** Writes an answer's content. Returns why more is needed; an empty text if nothing is. */
    private String take(
            HttpResponse<Content> answer,
            HubName name,
            HubFile file,
            Content content,
            long had,
            Path to,
            LongConsumer progress)
            throws IOException {
        int status = answer.statusCode();
        Matcher range =
                RANGE.matcher(answer.headers().firstValue("Content-Range").orElse(""));
        boolean continues = status == PARTIAL && range.matches() && Long.parseLong(range.group(1)) == had;
        if (status == NOT_SATISFIABLE || (status == PARTIAL && !continues)) {
            cut(to);
            return hub.host() + " does not continue at byte " + had;
        }
        if (status != OK && !continues) {
            boolean elsewhere = !isOfHub(answer.uri());
            if (elsewhere) {
                // A signed address that has expired: the next try asks the hub for a new one.
                return answer.uri().getHost() + " answers " + status;
            }
            throw Refusal.of(status, answer.headers()).about(name, file.name(), hub);
        }
        if (status == OK) {
            cut(to);
        }
        long there = length(to);
        try (FileChannel out = open(to)) {
            for (List<ByteBuffer> pieces = content.next(hub.dataTimeout());
                    !pieces.isEmpty();
                    pieces = content.next(hub.dataTimeout())) {
                for (ByteBuffer piece : pieces) {
                    there += piece.remaining();
                    write(out, piece, to);
                }
                progress.accept(there);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        }
        return file.size() < 0 || there == file.size()
                ? ""
                : "it ended after " + there + " of " + file.size() + " bytes";
    }

    /** Asks until there is an answer other than a wait or a server's trouble. */
    private HttpResponse<Content> ask(String method, URI address, long from) throws Unreachable {
        for (int failures = 1; ; failures++) {
            HttpResponse<Content> answer;
            try {
                answer = follow(method, address, from);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw interrupted();
            } catch (ConnectException | HttpTimeoutException | SSLException e) {
                throw new Unreachable(hub.host() + " cannot be reached (" + said(e) + ")", e);
            } catch (IOException e) {
                if (failures >= TRIES) {
                    throw new Unreachable(hub.host() + " cannot be reached (" + said(e) + ")", e);
                }
                pause(Duration.ofSeconds(1L << (failures - 1)));
                continue;
            }
            int status = answer.statusCode();
            boolean later = status == TOO_MANY || status == TIMED_OUT || status >= SERVER_ERROR;
            if (!later) {
                return answer;
            }
            answer.body().close();
            if (failures >= TRIES && status != TOO_MANY) {
                throw new Unreachable(answer.uri().getHost() + " answers " + status, null);
            }
            await(answer, failures);
        }
    }

    /** Waits as an answer asks. */
    private void await(HttpResponse<Content> answer, int failures) {
        Duration pause = Duration.ofSeconds(1L << Math.min(failures - 1, 3));
        if (answer.statusCode() != TOO_MANY) {
            pause(pause);
            return;
        }
        Duration wait = RateLimit.wait(answer.headers(), Instant.now()).orElse(pause);
        if (wait.compareTo(LONGEST_WAIT) > 0 || failures > TRIES) {
            throw new InputException(
                    hub.host() + " allows no more requests for " + wait.toSeconds() + " s; try again then"
                            + (hub.token().isPresent() ? "" : ", or log in for more of them: set HF_TOKEN"));
        }
        hub.report(new DownloadEvent.Remark(
                hub.host() + " allows no more requests for " + wait.toSeconds() + " s; waiting"));
        sleep(wait);
    }

    /**
     * Sends a request and follows redirects. The token goes to the hub alone. A HEAD ends at the redirect to another
     * host that already tells all.
     */
    private HttpResponse<Content> follow(String method, URI address, long from)
            throws IOException, InterruptedException {
        URI at = address;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(at)
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .timeout(hub.answerTimeout())
                    .header("User-Agent", "unipelt/" + Version.text())
                    // The size and the range are those of the file itself.
                    .header("Accept-Encoding", "identity");
            if (isOfHub(at)) {
                hub.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
            }
            if (from > 0) {
                request.header("Range", "bytes=" + from + "-");
            }
            HttpResponse<Content> answer = http.send(request.build(), answered -> new Content());
            if (!isRedirect(answer)) {
                return answer;
            }
            URI next = target(at, answer);
            HttpHeaders headers = answer.headers();
            if (method.equals("HEAD")
                    && !isOfHub(next)
                    && headers.firstValue(COMMIT).isPresent()
                    && headers.firstValue(LINKED_HASH).isPresent()) {
                return answer;
            }
            answer.body().close();
            at = next;
        }
        throw new IOException("more than " + MOST_REDIRECTS + " redirects");
    }

    private static URI target(URI at, HttpResponse<?> answer) {
        try {
            URI next = at.resolve(answer.headers().firstValue("Location").orElse(""));
            boolean safe = next.getHost() != null
                    && (next.getScheme().equals("https") || next.getScheme().equals(at.getScheme()));
            if (safe) {
                return next;
            }
        } catch (IllegalArgumentException e) {
            // Told below, without the address: it may hold a signature.
        }
        throw new InputException(at.getHost() + " redirects to an address that is not safe; check HF_ENDPOINT"
                + " and the proxy, if there is one");
    }

    private static boolean isRedirect(HttpResponse<?> answer) {
        return List.of(301, 302, 303, 307, 308).contains(answer.statusCode())
                && answer.headers().firstValue("Location").isPresent();
    }

    private boolean isOfHub(URI address) {
        URI own = hub.endpoint();
        return own.getScheme().equals(address.getScheme())
                && own.getHost().equalsIgnoreCase(address.getHost())
                && own.getPort() == address.getPort();
    }

    private URI address(HubName name, String revision, String file) {
        return URI.create(hub.endpoint() + "/" + name.repository() + "/resolve/" + encoded(revision) + "/"
                + Stream.of(file.split("/")).map(HubClient::encoded).collect(Collectors.joining("/")));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static FileChannel open(Path file) {
        try {
            return FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw unwritten(file, e);
        }
    }

    private static void write(FileChannel out, ByteBuffer piece, Path file) {
        try {
            while (piece.hasRemaining()) {
                out.write(piece);
            }
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted();
            }
            throw unwritten(file, e);
        }
    }

    private static InputException unwritten(Path file, IOException e) {
        return new InputException(
                "cannot write " + file + ": " + said(e) + "; what has arrived is kept: make room, or let HF_HOME name a"
                        + " folder elsewhere",
                e);
    }

    private static void cut(Path file) {
        try {
            if (Files.exists(file)) {
                FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                        .close();
            }
        } catch (IOException e) {
            throw unwritten(file, e);
        }
    }

    private static long length(Path file) {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw unwritten(file, e);
        }
    }

    private static String said(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "no such host";
            }
            if (cause.getMessage() != null && cause.getCause() == null) {
                return cause.getMessage();
            }
        }
        return e instanceof ConnectException ? "no connection" : e.getClass().getSimpleName();
    }

    private static CancellationException interrupted() {
        return new CancellationException("interrupted while downloading");
    }

    private static void pause(Duration pause) {
        sleep(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        }
    }
}
