/**
 * Tuning methods, one file each: drawing, equation, options, parameters, forward pass. In: a backbone's sizes and sites,
 * and the method's parameters. Out: the {@link org.unipelt.backbone.Modifications} of a pass. A method is an immutable
 * record; it holds no tensors. {@link org.unipelt.method.Methods} is the registry: one line a method.
 */
package org.unipelt.method;
