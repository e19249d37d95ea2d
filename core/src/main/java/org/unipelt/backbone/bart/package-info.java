/** BART, mBART and Pegasus: {@link org.unipelt.backbone.bart.BartFamily what their files hold} and their maths. */
package org.unipelt.backbone.bart;
