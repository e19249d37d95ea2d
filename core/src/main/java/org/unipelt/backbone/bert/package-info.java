/**
 * BERT, RoBERTa, XLM-RoBERTa, CamemBERT, MPNet, DistilBERT, ELECTRA and ALBERT:
 * {@link org.unipelt.backbone.bert.BertFamily what their files hold} and their maths.
 */
@NullMarked
package org.unipelt.backbone.bert;

import org.jspecify.annotations.NullMarked;
