/** Reads tables in Parquet. {@link org.unipelt.data.Table} finds this package by {@link java.util.ServiceLoader}. */
package org.unipelt.parquet;
