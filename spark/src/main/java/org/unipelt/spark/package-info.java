/** Sweeps and predictions on a Spark cluster. */
@NullMarked
package org.unipelt.spark;

import org.jspecify.annotations.NullMarked;
