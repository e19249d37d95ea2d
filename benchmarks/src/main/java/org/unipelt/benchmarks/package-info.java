/** Measurements beside other libraries. Never part of the tests. */
@NullMarked
package org.unipelt.benchmarks;

import org.jspecify.annotations.NullMarked;
