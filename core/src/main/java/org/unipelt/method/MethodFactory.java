package org.unipelt.method;

/**
 * A kind of method that another library adds. {@link Methods} finds it by {@link java.util.ServiceLoader}: name the class
 * in {@code META-INF/services/org.unipelt.method.MethodFactory} of its jar.
 *
 * <p>Any number of threads may call it at once.
 */
public interface MethodFactory {
    /** The word that names the method in texts, e.g. {@code scale}; lower-case letters, digits and hyphens. */
    String name();

    /** What it does, in a line of at most 42 characters; 'unipelt methods' lists it. */
    String summary();

    /**
     * The method of a text such as {@code scale(start=0.5)}.
     *
     * @param options what stands in the brackets; {@link Methods} refuses what this does not read
     */
    Method of(Options options);
}
