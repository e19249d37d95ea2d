package org.unipelt.server;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.handler.ErrorHandler;

/** Errors that Jetty finds before any route does, such as headers that are too large, with the body of all others. */
final class PlainErrors extends ErrorHandler {
    private final Bodies bodies;

    PlainErrors(Bodies bodies) {
        this.bodies = bodies;
    }

    @Override
    public void handle(String target, Request jetty, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        jetty.setHandled(true);
        response.setContentType("application/json");
        response.getOutputStream().write(body(response.getStatus()));
    }

    @Override
    public ByteBuffer badMessageError(int status, String reason, HttpFields.Mutable headers) {
        headers.put(HttpHeader.CONTENT_TYPE, "application/json");
        return ByteBuffer.wrap(body(status));
    }

    private byte[] body(int status) {
        return bodies.bytes(problem(status).body());
    }

    private static Problem problem(int status) {
        return switch (status) {
            case 408 -> Problem.of(status, "the request did not arrive; send it faster");
            case 414 -> Problem.of(status, "the path is too long");
            case 431 -> Problem.of(status, "the headers are too large; send fewer or shorter ones");
            case 503 -> Problem.ending();
            default ->
                status < 500 ? Problem.of(status, "the request is not valid HTTP, or not allowed") : Problem.internal();
        };
    }
}
