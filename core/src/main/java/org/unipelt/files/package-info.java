/**
 * Robust files: atomic writes, folder locks, reads with size limits and strict parsing.
 *
 * <p>In: paths. Out: bytes, texts and JSON, or one {@link org.unipelt.InputException}. This package does not know what
 * the files mean.
 */
@NullMarked
package org.unipelt.files;

import org.jspecify.annotations.NullMarked;
