/** ModernBERT: {@link org.unipelt.backbone.modernbert.ModernBertFamily what its files hold} and its maths. */
package org.unipelt.backbone.modernbert;
