package org.unipelt.training;

import java.util.List;

/**
 * The other tasks that trained at once with a task, and share the parameters with it that are not a task's own.
 *
 * @param tasks their names, in order
 */
public record Together(List<String> tasks) {
    /** No other task. */
    public static final Together ALONE = new Together(List.of());

    /** Copies the names. */
    public Together {
        tasks = List.copyOf(tasks);
    }
}
