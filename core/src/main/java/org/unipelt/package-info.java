/** What every package names: wrong input, words, suggestions of names. */
@NullMarked
package org.unipelt;

import org.jspecify.annotations.NullMarked;
