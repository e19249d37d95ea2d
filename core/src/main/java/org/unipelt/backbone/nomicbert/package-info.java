/** Nomic BERT and GTE: {@link org.unipelt.backbone.nomicbert.NomicBertFamily what their files hold} and their maths. */
@NullMarked
package org.unipelt.backbone.nomicbert;

import org.jspecify.annotations.NullMarked;
