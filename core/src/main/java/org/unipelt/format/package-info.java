/**
 * JSON files that outlive a version of the program: adapters, runs, results.
 *
 * <p>In: records. Out: files with a checksum, and records from files of any version. The owner of a kind of file
 * ({@code AdapterFile}, {@code RunFile}, {@code Result}) defines its keys; this package defines the values of absent
 * keys.
 */
@NullMarked
package org.unipelt.format;

import org.jspecify.annotations.NullMarked;
