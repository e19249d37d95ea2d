package org.unipelt.interop;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.Suggestion;
import org.unipelt.tensor.Weights;

/** The tensors in a file of another library, each to be taken once. One that nobody takes is a mistake. */
final class TheirTensors {
    private final Path file;
    private final Map<String, Tensor> left = new LinkedHashMap<>();
    private final TreeSet<String> wanted = new TreeSet<>();

    /**
     * @param tensors in 32 bits, open as long as these are used
     * @param rename makes a name one to look for
     * @throws InputException if two tensors get one name, and differ
     */
    TheirTensors(Path file, Weights tensors, UnaryOperator<String> rename) {
        this.file = file;
        tensors.asMap().forEach((name, tensor) -> {
            Tensor other = left.put(rename.apply(name), tensor);
            if (other != null && !other.equal(tensor)) {
                throw new InputException(file + " has two tensors that may be '" + rename.apply(name)
                        + "', one of them '" + name + "', with different values; save it again");
            }
        });
    }

    Path file() {
        return file;
    }

    /** The names of those that are left. */
    SortedSet<String> names() {
        return new TreeSet<>(left.keySet());
    }

    boolean has(String name) {
        return left.containsKey(name);
    }

    /** The sizes of a tensor. */
    long[] shape(String name) {
        return required(name).shape();
    }

    /**
     * Takes a tensor.
     *
     * @throws InputException if it is not there, or has another shape
     */
    Tensor take(String name, long... shape) {
        wanted.add(name);
        Tensor tensor = required(name);
        if (!Arrays.equals(tensor.shape(), shape)) {
            throw new InputException(file + ": tensor '" + name + "' has shape " + Arrays.toString(tensor.shape())
                    + " where this base model needs " + Arrays.toString(shape)
                    + "; name the base model that it was trained on with --model");
        }
        left.remove(name);
        return tensor;
    }

    private Tensor required(String name) {
        Tensor tensor = left.get(name);
        if (tensor == null) {
            throw new InputException(file + " has no tensor '" + name + "'; "
                    + Suggestion.nearest(name, left.keySet())
                            .map(near -> "did you mean '" + near + "'? ")
                            .orElse("")
                    + "save or download the folder again");
        }
        return tensor;
    }

    /** Leaves out tensors that say nothing. */
    void drop(Predicate<String> names) {
        left.keySet().removeIf(names);
    }

    /**
     * Checks that every tensor was taken.
     *
     * @throws InputException if not; names the first one
     */
    void requireAllTaken() {
        if (!left.isEmpty()) {
            String name = left.keySet().iterator().next();
            throw new InputException(file + ": nothing in the folder's settings uses tensor '" + name + "'"
                    + Suggestion.nearest(name, wanted)
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse("; save or download the folder again"));
        }
    }
}
