/** BART, mBART and Pegasus: {@link org.unipelt.backbone.bart.BartFamily what their files hold} and their maths. */
@NullMarked
package org.unipelt.backbone.bart;

import org.jspecify.annotations.NullMarked;
