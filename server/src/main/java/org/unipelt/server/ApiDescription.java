package org.unipelt.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.core.converter.ResolvedSchema;
import io.swagger.v3.core.util.Json;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.PathParameter;
import io.swagger.v3.oas.models.parameters.RequestBody;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.lang.reflect.Type;
import java.util.Objects;
import org.unipelt.Version;

/** The description of the routes as OpenAPI. Schemas come from the records of the bodies. */
final class ApiDescription {
    private static final String JSON = "application/json";

    private final Components components = new Components();
    private final Paths paths = new Paths();
    private final boolean token;

    /**
     * Creates a description without routes.
     *
     * @param token whether requests must have a bearer token
     */
    ApiDescription(boolean token) {
        this.token = token;
    }

    /** Adds a route without a body. */
    ApiDescription get(String path, String summary, Type answer) {
        item(path).setGet(operation(path, summary, answer));
        return this;
    }

    /** Adds a route with a body. */
    ApiDescription post(String path, String summary, Type body, Type answer) {
        item(path)
                .setPost(operation(path, summary, answer)
                        .requestBody(new RequestBody().required(true).content(content(body))));
        return this;
    }

    /** Adds an example of the body of a route, as JSON. */
    ApiDescription example(String path, String body) {
        Objects.requireNonNull(Objects.requireNonNull(paths.get(path))
                        .getPost()
                        .getRequestBody()
                        .getContent()
                        .get(JSON))
                .setExample(read(body));
        return this;
    }

    private static JsonNode read(String json) {
        try {
            return Json.mapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    private PathItem item(String path) {
        return paths.computeIfAbsent(path, each -> new PathItem());
    }

    private Operation operation(String path, String summary, Type answer) {
        Operation operation = new Operation()
                .summary(summary)
                .addTagsItem(tag(path))
                .responses(new ApiResponses()
                        .addApiResponse(
                                "200",
                                new ApiResponse().description("the answer").content(content(answer)))
                        .addApiResponse(
                                "default",
                                new ApiResponse().description("one sentence").content(content(Problem.Body.class))));
        if (path.contains("{name}")) {
            operation.addParametersItem(new PathParameter()
                    .name("name")
                    .description("a model's name")
                    .schema(new StringSchema()));
        }
        return operation;
    }

    /** Whose interface it is. */
    private static String tag(String path) {
        if (path.startsWith("/v2")) {
            return "Open Inference Protocol";
        }
        if (path.startsWith("/v1")) {
            return path.startsWith("/v1/models") ? "Models and their gates" : "OpenAI";
        }
        return "text-embeddings-inference";
    }

    private Content content(Type type) {
        if (type == String.class) {
            return new Content().addMediaType("text/plain", new MediaType().schema(new StringSchema()));
        }
        return new Content().addMediaType(JSON, new MediaType().schema(schema(type)));
    }

    private Schema<?> schema(Type type) {
        ResolvedSchema resolved =
                ModelConverters.getInstance().readAllAsResolvedSchema(new AnnotatedType(type).resolveAsRef(true));
        resolved.referencedSchemas.forEach(components::addSchemas);
        // A field of several forms: no object, as the library takes it.
        components.getSchemas().computeIfPresent(JsonNode.class.getSimpleName(), (name, any) -> new Schema<>()
                .description("any JSON"));
        return resolved.schema;
    }

    /** Returns the description as JSON. */
    String json() {
        OpenAPI whole = new OpenAPI()
                .info(new Info()
                        .title("UniPELT")
                        .version(Version.text())
                        .description("Answers of tuned models: as text-embeddings-inference, and as the Open Inference"
                                + " Protocol, version 2."))
                .paths(paths)
                .components(components);
        if (token) {
            components.addSecuritySchemes(
                    "token", new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer"));
            whole.addSecurityItem(new SecurityRequirement().addList("token"));
        }
        return Json.pretty(whole);
    }
}
