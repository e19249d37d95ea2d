/**
 * The process and its native library: the engine's start, worker threads, and lifetimes of native memory.
 *
 * <p>In: the environment. Out: workers and uses. This package knows no tensors.
 */
@NullMarked
package org.unipelt.runtime;

import org.jspecify.annotations.NullMarked;
