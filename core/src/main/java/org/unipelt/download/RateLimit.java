package org.unipelt.download;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long a server that answers 429 asks to wait.
 *
 * @see <a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/">RateLimit</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#name-retry-after">Retry-After</a>
 */
final class RateLimit {
    /** Such as {@code "api";r=0;t=55}: no request remains, the next window begins in 55 seconds. */
    private static final Pattern WINDOW = Pattern.compile("(?i);\\s*r\\s*=\\s*0\\s*;\\s*t\\s*=\\s*(\\d{1,9})");

    private RateLimit() {}

    /** Returns the wait; empty if the headers name none. */
    static Optional<Duration> wait(HttpHeaders headers, Instant now) {
        Optional<Duration> window = headers.firstValue("RateLimit").flatMap(text -> {
            Matcher found = WINDOW.matcher(text);
            return found.find() ? Optional.of(Duration.ofSeconds(Long.parseLong(found.group(1)))) : Optional.empty();
        });
        return window.or(() -> headers.firstValue("Retry-After").flatMap(text -> retryAfter(text.strip(), now)))
                .map(wait -> wait.isNegative() ? Duration.ZERO : wait);
    }

    private static Optional<Duration> retryAfter(String text, Instant now) {
        if (text.matches("\\d{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Instant then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(Duration.between(now, then));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
