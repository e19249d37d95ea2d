/**
 * DeBERTa of versions 2 and 3: {@link org.unipelt.backbone.deberta.DebertaFamily what their files hold} and their maths.
 */
@NullMarked
package org.unipelt.backbone.deberta;

import org.jspecify.annotations.NullMarked;
