/** Reads tables in Parquet. {@link org.unipelt.data.Table} finds this package by {@link java.util.ServiceLoader}. */
@NullMarked
package org.unipelt.parquet;

import org.jspecify.annotations.NullMarked;
