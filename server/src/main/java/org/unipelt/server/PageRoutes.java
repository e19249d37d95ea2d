package org.unipelt.server;

import io.javalin.Javalin;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The pages for people: {@code /} asks the models, {@code /docs} shows the description of the routes (Swagger UI). Their files
 * hold no data, so they are open to everybody; what the pages show comes from the other routes. The browser may ask no other
 * server, and runs no script but these.
 */
final class PageRoutes {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final String SCRIPT = "text/javascript; charset=utf-8";

    /** Nothing from elsewhere, nothing inside the page's own text, and no text ever becomes HTML. */
    private static final String STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    /** Swagger UI has its icons in its style sheet, and makes HTML of the descriptions, which are ours. */
    private static final String SWAGGER =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String WEB_JAR = "swagger-ui/";

    /** A file for browsers; those of Swagger UI lie in its WebJar. */
    private record File(String name, String type, String policy) {
        InputStream open() {
            return PageRoutes.class.getResourceAsStream(
                    name.startsWith(WEB_JAR)
                            ? "/META-INF/resources/webjars/" + WEB_JAR + version() + "/"
                                    + name.substring(WEB_JAR.length())
                            : name);
        }

        /** The WebJar says its version, which is part of its paths. */
        private static String version() {
            Properties about = new Properties();
            try (InputStream file =
                    PageRoutes.class.getResourceAsStream("/META-INF/maven/org.webjars/swagger-ui/pom.properties")) {
                about.load(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return about.getProperty("version");
        }
    }

    private static final Map<String, File> FILES = Map.of(
            "/", new File("page.html", HTML, STRICT),
            "/page.css", new File("page.css", STYLE, STRICT),
            "/page.js", new File("page.js", SCRIPT, STRICT),
            "/icon.svg", new File("icon.svg", "image/svg+xml", STRICT),
            "/docs", new File("docs.html", HTML, SWAGGER),
            "/docs.css", new File("docs.css", STYLE, SWAGGER),
            "/docs.js", new File("docs.js", SCRIPT, SWAGGER),
            "/swagger-ui.css", new File(WEB_JAR + "swagger-ui.css", STYLE, SWAGGER),
            "/swagger-ui-bundle.js", new File(WEB_JAR + "swagger-ui-bundle.js", SCRIPT, SWAGGER));

    /** The description of the routes; it is the same for every server, and {@code /docs} reads it. */
    static final String DESCRIPTION = "/openapi.json";

    /** What a browser may ask without a token. */
    static final Set<String> OPEN =
            Stream.concat(FILES.keySet().stream(), Stream.of(DESCRIPTION)).collect(Collectors.toUnmodifiableSet());

    private PageRoutes() {}

    /** Adds the routes. */
    static void add(Javalin app) {
        FILES.forEach((path, file) -> app.get(path, request -> send(request, file)));
    }

    private static void send(Context request, File file) {
        request.contentType(file.type())
                .header("Content-Security-Policy", file.policy())
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                // A newer server has newer files.
                .header("Cache-Control", "no-cache")
                .result(file.open());
    }
}
