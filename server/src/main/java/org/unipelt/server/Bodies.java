package org.unipelt.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.unipelt.files.StrictJson;

/**
 * Reads the JSON of requests strictly and writes that of answers. A text is no number and a number no text; a key that is
 * unknown or appears twice is refused. Thread safe.
 */
final class Bodies {
    private static final String JSON = "application/json";

    /** Bytes a second of a body at least, after the time that a client may send nothing: nobody holds a thread for long. */
    private static final int SLOWEST = 1000;

    private static final int PART = 8192;

    private final int most;
    private final Duration idle;
    private final JsonMapper mapper;

    /** Creates a reader. */
    Bodies(ServerSettings.Limits limits) {
        this.most = limits.body();
        this.idle = limits.idle();
        this.mapper = StrictJson.mapper()
                .addModule(new Jdk8Module())
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .withCoercionConfig(
                        LogicalType.Textual, texts -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .build();
    }

    /**
     * Reads the body of a request.
     *
     * @throws Problem if it is not JSON (415), too large (413), no valid JSON in UTF-8 (400), or not of this type (422)
     */
    <T> T read(Context request, Class<T> type) {
        requireJson(request);
        String text = text(request);
        try {
            T read = mapper.readValue(text, type);
            if (read == null) {
                throw Problem.wrong("the body is null; give an object");
            }
            return read;
        } catch (JsonMappingException e) {
            // What lies beneath a mapping may be the syntax.
            if (e.getCause() instanceof JsonProcessingException syntax && !(syntax instanceof JsonMappingException)) {
                throw Problem.malformed("the body is not valid JSON: " + StrictJson.words(syntax));
            }
            throw text.isBlank()
                    ? Problem.malformed("the body is empty; give a JSON object")
                    : Problem.wrong("the body: " + StrictJson.words(e));
        } catch (JsonProcessingException e) {
            throw Problem.malformed("the body is not valid JSON: " + StrictJson.words(e));
        }
    }

    private static void requireJson(Context request) {
        String type = request.contentType();
        String plain = type == null
                ? ""
                : type.toLowerCase(Locale.ROOT).replace(" ", "").replace("\"", "");
        if (!plain.equals(JSON) && !plain.equals(JSON + ";charset=utf-8")) {
            throw Problem.of(415, "the body must be JSON in UTF-8; send the header 'Content-Type: application/json'");
        }
        String encoding = request.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw Problem.of(415, "the body has a Content-Encoding; send it as it is");
        }
    }

    private String text(Context request) {
        byte[] bytes;
        try {
            if (request.req().getContentLengthLong() > most) {
                throw tooLarge();
            }
            bytes = bytes(request.req().getInputStream());
        } catch (IOException e) {
            throw late();
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.malformed("the body is not UTF-8");
        }
    }

    private byte[] bytes(InputStream body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] part = new byte[PART];
        long start = System.nanoTime();
        for (int read = body.read(part); read >= 0; read = body.read(part)) {
            bytes.write(part, 0, read);
            if (bytes.size() > most) {
                throw tooLarge();
            }
            Duration allowed =
                    idle.plus(Duration.ofSeconds(1).multipliedBy(bytes.size()).dividedBy(SLOWEST));
            if (System.nanoTime() - start > allowed.toNanos()) {
                throw late();
            }
        }
        return bytes.toByteArray();
    }

    private static Problem late() {
        return Problem.of(408, "the body did not arrive; send it faster");
    }

    private Problem tooLarge() {
        return Problem.tooLarge(
                "the body has more than " + most + " bytes, which is the most; send fewer texts at once");
    }

    /** Writes an answer. */
    void write(Context request, Object answer) {
        request.contentType(JSON).result(bytes(answer));
    }

    /** Returns an answer as JSON. */
    byte[] bytes(Object answer) {
        try {
            return mapper.writeValueAsBytes(answer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
