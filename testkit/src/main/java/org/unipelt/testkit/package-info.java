/**
 * Folders in Hugging Face's layout with random models of a few thousand numbers, which open and train in no time, and
 * ways to change their files.
 *
 * <p>In: a folder. Out: files. This package knows the formats and nothing of the library, so that a test of a reader
 * does not rest on that library's writer.
 */
@NullMarked
package org.unipelt.testkit;

import org.jspecify.annotations.NullMarked;
