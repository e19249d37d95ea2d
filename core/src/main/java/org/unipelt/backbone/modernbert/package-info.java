/** ModernBERT: {@link org.unipelt.backbone.modernbert.ModernBertFamily what its files hold} and its maths. */
@NullMarked
package org.unipelt.backbone.modernbert;

import org.jspecify.annotations.NullMarked;
