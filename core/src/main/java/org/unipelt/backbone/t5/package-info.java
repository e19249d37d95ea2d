/** T5, FLAN-T5 and mT5: {@link org.unipelt.backbone.t5.T5Family what their files hold} and their maths. */
@NullMarked
package org.unipelt.backbone.t5;

import org.jspecify.annotations.NullMarked;
