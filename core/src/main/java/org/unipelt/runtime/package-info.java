/**
 * The process and its native library: the engine's start, worker threads, and lifetimes of native memory.
 *
 * <p>In: the environment. Out: workers and uses. This package knows no tensors.
 */
package org.unipelt.runtime;
