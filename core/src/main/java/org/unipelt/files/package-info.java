/**
 * Files that a crash, a second process or a damage cannot spoil: written beside and renamed, locked by whoever works in a
 * folder, read within limits and strictly.
 *
 * <p>In: paths. Out: bytes, texts and JSON, or one {@link org.unipelt.InputException}. This package knows nothing of what the
 * files say.
 */
package org.unipelt.files;
