/** Sweeps and predictions on a Spark cluster. */
package org.unipelt.spark;
