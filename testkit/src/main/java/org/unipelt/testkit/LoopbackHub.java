package org.unipelt.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * Plays a model hub on the loopback interface, with a second server as the one that holds large files: it answers HEAD
 * with the commit, hash and size, redirects weights to the other server, and knows ranges. A test may answer in its place.
 */
public final class LoopbackHub implements AutoCloseable {
    /** A request that was made. */
    public record Request(String host, String method, String path, Optional<String> token, Optional<String> range) {}

    /** Answers in place of a server. */
    @FunctionalInterface
    public interface Answer {
        /** Answers, or returns false to let the server answer. */
        boolean to(HttpExchange exchange) throws IOException;
    }

    /** A repository at its newest commit. */
    private record Repository(String commit, Map<String, byte[]> files) {}

    private static final String LARGE = ".safetensors";

    private final Map<String, Repository> repositories = new ConcurrentHashMap<>();
    private final Map<String, String> renamed = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Answer> answers = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "loopback-hub");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpServer hub;
    private final HttpServer store;

    /** Starts both servers. */
    public LoopbackHub() throws IOException {
        hub = serve("hub", this::answerAsHub);
        store = serve("store", this::answerAsStore);
    }

    private HttpServer serve(String host, Answer usual) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            requests.add(new Request(
                    host,
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")),
                    Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"))));
            try {
                for (Answer answer : answers) {
                    if (answer.to(exchange)) {
                        return;
                    }
                }
                usual.to(exchange);
            } finally {
                exchange.close();
            }
        });
        server.start();
        return server;
    }

    /** Adds a repository with the files of a folder and of its folders. Returns its commit. */
    public String add(String repository, Path folder) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                files.put(folder.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
            }
        }
        StringBuilder all = new StringBuilder();
        files.forEach((name, bytes) -> all.append(name).append(hash("SHA-1", bytes)));
        String commit = hash("SHA-1", all.toString().getBytes(StandardCharsets.UTF_8));
        repositories.put(repository, new Repository(commit, files));
        return commit;
    }

    /** Renames a repository: its old name redirects to the new one. */
    public void rename(String from, String to) {
        renamed.put(from, to);
    }

    /** Lets a test answer before the servers do, in the order of the calls. */
    public void answer(Answer answer) {
        answers.add(answer);
    }

    /** Answers the first requests of a method whose path ends so. */
    public void answerOnce(String method, String end, int times, Answer answer) {
        int[] left = {times};
        answer(exchange -> {
            synchronized (left) {
                if (left[0] == 0
                        || !exchange.getRequestMethod().equals(method)
                        || !exchange.getRequestURI().getPath().endsWith(end)) {
                    return false;
                }
                left[0]--;
            }
            return answer.to(exchange);
        });
    }

    /** Forgets the answers of the test and the requests. */
    public void forget() {
        answers.clear();
        requests.clear();
    }

    /** Returns the requests in their order. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Returns the requests of a method whose path ends so. */
    public List<Request> requests(String method, String end) {
        return requests.stream()
                .filter(each -> each.method().equals(method) && each.path().endsWith(end))
                .toList();
    }

    /** Returns the hub's address. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    /** Returns the variables of an environment that has this hub and a cache. */
    public Map<String, String> environment(Path cache) {
        return Map.of(
                "HF_ENDPOINT", endpoint().toString(), "HF_HOME", cache.toString(), "HF_HUB_DOWNLOAD_TIMEOUT", "2");
    }

    /** Answers without content. */
    public static boolean refuse(HttpExchange exchange, int status, String... headers) throws IOException {
        for (int i = 0; i < headers.length; i += 2) {
            exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
        }
        exchange.sendResponseHeaders(status, -1);
        return true;
    }

    /** Returns the hash of some bytes in hexadecimal digits. */
    public static String hash(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String gitHash(byte[] bytes) {
        byte[] header = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(header, header.length + bytes.length);
        System.arraycopy(bytes, 0, all, header.length, bytes.length);
        return hash("SHA-1", all);
    }

    private boolean answerAsHub(HttpExchange exchange) throws IOException {
        String[] parts = exchange.getRequestURI().getPath().substring(1).split("/resolve/", 2);
        if (renamed.containsKey(parts[0])) {
            return refuse(exchange, 307, "Location", "/" + renamed.get(parts[0]) + "/resolve/" + parts[1]);
        }
        Repository repository = repositories.get(parts[0]);
        if (parts.length < 2 || repository == null) {
            return refuse(exchange, 404, "X-Error-Code", "RepoNotFound");
        }
        String revision = parts[1].split("/", 2)[0];
        String name = parts[1].split("/", 2)[1];
        if (!List.of("main", repository.commit()).contains(revision)) {
            return refuse(exchange, 404, "X-Error-Code", "RevisionNotFound");
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", repository.commit());
        byte[] bytes = repository.files().get(name);
        if (bytes == null) {
            return refuse(exchange, 404, "X-Error-Code", "EntryNotFound");
        }
        if (name.endsWith(LARGE)) {
            return refuse(
                    exchange,
                    302,
                    "X-Linked-Etag",
                    "\"" + hash("SHA-256", bytes) + "\"",
                    "X-Linked-Size",
                    Integer.toString(bytes.length),
                    "Location",
                    "http://127.0.0.1:" + store.getAddress().getPort() + "/" + parts[0] + "/" + name
                            + "?signature=secret");
        }
        exchange.getResponseHeaders().set("ETag", "\"" + gitHash(bytes) + "\"");
        return send(exchange, bytes);
    }

    private boolean answerAsStore(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().substring(1);
        for (Map.Entry<String, Repository> each : repositories.entrySet()) {
            if (path.startsWith(each.getKey() + "/")) {
                return send(
                        exchange,
                        Objects.requireNonNull(each.getValue()
                                .files()
                                .get(path.substring(each.getKey().length() + 1))));
            }
        }
        return refuse(exchange, 403);
    }

    /** Sends a content, from where the request's range begins. */
    public static boolean send(HttpExchange exchange, byte[] bytes) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        if (from > 0 && from >= bytes.length) {
            return refuse(exchange, 416, "Content-Range", "bytes */" + bytes.length);
        }
        if (range != null) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, head ? -1 : bytes.length - from);
        if (!head) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes, from, bytes.length - from);
            }
        }
        return true;
    }

    /** Sends the beginning of a content and then nothing: the connection ends after a pause. */
    public static boolean sendPart(HttpExchange exchange, byte[] bytes, int length, long pauseMillis)
            throws IOException {
        exchange.sendResponseHeaders(200, bytes.length);
        return sendRest(exchange, bytes, 0, length, pauseMillis);
    }

    /** Sends a piece of a content that has begun, and then nothing: the connection ends after a pause. */
    public static boolean sendRest(HttpExchange exchange, byte[] bytes, int from, int to, long pauseMillis)
            throws IOException {
        exchange.getResponseBody().write(bytes, from, to - from);
        exchange.getResponseBody().flush();
        try {
            Thread.sleep(pauseMillis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        exchange.close();
        return true;
    }

    /** Returns the content of a file of a repository. */
    public byte[] content(String repository, String file) {
        return Objects.requireNonNull(Objects.requireNonNull(repositories.get(repository))
                        .files()
                        .get(file))
                .clone();
    }

    @Override
    public void close() {
        hub.stop(0);
        store.stop(0);
        threads.shutdownNow();
    }
}
