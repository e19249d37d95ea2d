package org.unipelt.download;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A repository of the hub at a revision, written {@code org/name@revision}. Old repositories have no organization.
 *
 * @param repository {@code org/name} or {@code name}
 * @param revision a branch, a tag or a commit; {@code main} is the usual branch
 */
public record HubName(String repository, String revision) {
    /** The branch that is meant if none is named. */
    public static final String MAIN = "main";

    /** As the hub allows: words of letters, digits, - _ and dots, which begin and end with no - or dot. */
    private static final Pattern WRITTEN =
            Pattern.compile("((?:\\w(?:[\\w.-]{0,94}\\w)?/)?\\w(?:[\\w.-]{0,94}\\w)?)(?:@([\\w.+-][\\w./+-]{0,199}))?");

    /** Checks for nulls. */
    public HubName {
        Objects.requireNonNull(repository, "repository is null");
        Objects.requireNonNull(revision, "revision is null");
    }

    /** Reads a name; empty if no repository of the hub can have it. */
    public static Optional<HubName> parse(String text) {
        Objects.requireNonNull(text, "text is null");
        Matcher written = WRITTEN.matcher(text);
        if (!written.matches()) {
            return Optional.empty();
        }
        String repository = written.group(1);
        String revision = written.group(2) == null ? MAIN : written.group(2);
        // Both become paths. The cache writes a slash of the repository as two hyphens.
        boolean path = repository.contains("..") || repository.contains("--") || !HubCache.isInside(revision);
        return path ? Optional.empty() : Optional.of(new HubName(repository, revision));
    }

    /** Returns whether the revision is a commit, whose files never change. */
    boolean isCommit() {
        return HubCache.isCommit(revision);
    }

    /** Returns it as a user writes it. */
    @Override
    public String toString() {
        return revision.equals(MAIN) ? repository : repository + "@" + revision;
    }
}
