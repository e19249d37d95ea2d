package org.unipelt.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpChannel;
import org.eclipse.jetty.server.HttpConnection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;

/**
 * The client of a request whose body is read and whose answer is not begun. Jetty reads nothing from its connection in that
 * time, so it would not see that the client went away; this looks.
 */
final class Caller {
    /** Bytes of a next request that are read ahead. */
    private static final int AHEAD = 64;

    private final HttpChannel channel;
    private boolean asksMore;

    private Caller(HttpChannel channel) {
        this.channel = channel;
    }

    static Caller of(Context request) {
        return new Caller(Request.getBaseRequest(request.req()).getHttpChannel());
    }

    /** Whether it closed its connection. One thread at a time may ask, and none once the answer is begun. */
    boolean isGone() {
        EndPoint end = channel.getEndPoint();
        if (!end.isOpen() || asksMore || !(end.getConnection() instanceof HttpConnection connection)) {
            return !end.isOpen();
        }
        ByteBuffer ahead = BufferUtil.allocate(AHEAD);
        try {
            // Returns at once: -1 at the end, 0 if nothing has come.
            int read = end.fill(ahead);
            if (read > 0) {
                // A client may send its next request before it has this answer.
                asksMore = true;
                connection.onUpgradeTo(ahead);
            }
            return read < 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** Threads that may wait for a slow client to read; the workers of batches must not. */
    Executor threads() {
        return channel.getServer().getThreadPool();
    }
}
