package org.unipelt;

import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A mistake in the caller's input: a file, a name, a value, a combination. The message is one line that says what is
 * wrong, where, and what to do. Show it to the user unchanged. Any other exception is a bug in this library.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String field;

    /**
     * A wrong input. Several mistakes follow each other in lines that begin with two spaces.
     *
     * @param message what, where, what to do; {@link OneLine} makes it fit to be shown
     */
    public InputException(String message) {
        this(null, message, null);
    }

    /** Creates an exception for a mistake that another exception revealed. */
    public InputException(String message, @Nullable Throwable cause) {
        this(null, message, cause);
    }

    private InputException(@Nullable String field, String message, @Nullable Throwable cause) {
        super(OneLine.of(message), cause);
        this.field = field;
    }

    /**
     * Creates an exception for a wrong value of a field. A file's reader uses {@link #field} to find the line.
     *
     * @param field its name on the command line and in files, e.g. {@code batch-size}
     */
    public static InputException about(String field, String message) {
        return new InputException(field, message, null);
    }

    /**
     * An unknown name. The message suggests the nearest known name, or lists the known ones.
     *
     * @param kind the kind of thing named, e.g. {@code "method"}
     * @param name the given name
     * @param known all valid names
     */
    public static InputException unknown(String kind, String name, Collection<String> known) {
        return new InputException("unknown " + kind + " '" + name + "'; " + Suggestion.orList(name, known));
    }

    /**
     * An unknown name where so many are known that nobody would read them all. The message suggests the nearest known
     * name, or the nearest few.
     *
     * @param kind the kind of thing named, e.g. {@code "tensor"}
     * @param name the given name
     * @param known all valid names
     */
    public static InputException unknownAmongMany(String kind, String name, Collection<String> known) {
        return new InputException("unknown " + kind + " '" + name + "'; " + Suggestion.orFew(name, known));
    }

    /** What, where, what to do; never null. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /** The name of the wrong field, if it is known. */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }
}
