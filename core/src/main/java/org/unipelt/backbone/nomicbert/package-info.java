/** Nomic BERT and GTE: {@link org.unipelt.backbone.nomicbert.NomicBertFamily what their files hold} and their maths. */
package org.unipelt.backbone.nomicbert;
