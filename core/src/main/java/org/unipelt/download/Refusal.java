package org.unipelt.download;

import java.net.http.HttpHeaders;
import org.unipelt.InputException;

/**
 * The hub's answer to a request that it does not fulfil, in words.
 *
 * @param status of HTTP
 * @param code {@code X-Error-Code}, or empty
 * @param message {@code X-Error-Message}, or empty
 */
record Refusal(int status, String code, String message) {
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    static Refusal of(int status, HttpHeaders headers) {
        return new Refusal(
                status,
                headers.firstValue("X-Error-Code").orElse(""),
                headers.firstValue("X-Error-Message").orElse(""));
    }

    /** Returns whether the repository is there and only the file is missing. */
    boolean isOfTheFile() {
        return status == NOT_FOUND && (code.equals("EntryNotFound") || code.isEmpty());
    }

    /** Returns the line for a user: what, where, what to do. */
    InputException about(HubName name, String file, Hub hub) {
        String host = hub.host();
        String repository = name.repository();
        boolean known = hub.token().isPresent();
        String login =
                known ? "the token that was sent has no access to it" : "log in: set HF_TOKEN, or run 'hf auth login'";
        return new InputException(
                switch (code) {
                    case "RepoNotFound" ->
                        "no model '" + repository + "' at " + host + "; check its name, or if it is private, " + login;
                    case "GatedRepo" ->
                        repository + " is gated: ask for access at " + hub.endpoint() + "/" + repository
                                + (known
                                        ? "; the token that was sent has none yet"
                                        : ", then set HF_TOKEN or run 'hf auth login'");
                    case "RevisionNotFound" ->
                        repository + " at " + host + " has no revision '" + name.revision()
                                + "'; give one of its branches, tags or commits, or leave out @" + name.revision();
                    case "EntryNotFound" -> repository + " at " + host + " has no " + file;
                    default -> withoutCode(repository, file, host, known);
                });
    }

    private String withoutCode(String repository, String file, String host, boolean known) {
        String told = message.isEmpty() ? "" : " (" + message + ")";
        return switch (status) {
            case UNAUTHORIZED ->
                host + " refuses " + repository + told
                        + ": either there is no such model, or it is private or gated, or "
                        + (known
                                ? "the token is wrong or expired; check the name, then the token in HF_TOKEN or its file"
                                : "it wants a token; check the name, then set HF_TOKEN or run 'hf auth login'");
            case FORBIDDEN ->
                host + " forbids " + repository + told + "; "
                        + (known ? "check what the token in HF_TOKEN or its file may read" : "set HF_TOKEN");
            case NOT_FOUND ->
                host + " has no " + repository + " with a " + file + told + "; check the name and HF_ENDPOINT";
            default ->
                host + " answers " + status + told + " when asked for " + file + " of " + repository
                        + "; try again later";
        };
    }
}
