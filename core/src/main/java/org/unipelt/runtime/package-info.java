/**
 * The process and the native library in it: one place that starts the engine with the right settings, the workers, and
 * lifetimes that let whoever frees wait for whoever reads. In: the environment. Out: workers, uses. It knows no tensor.
 */
package org.unipelt.runtime;
