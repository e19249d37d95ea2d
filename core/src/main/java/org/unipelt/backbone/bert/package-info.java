/**
 * BERT, RoBERTa, DistilBERT and ELECTRA: {@link org.unipelt.backbone.bert.BertFamily what their files hold} and their
 * maths.
 */
package org.unipelt.backbone.bert;
