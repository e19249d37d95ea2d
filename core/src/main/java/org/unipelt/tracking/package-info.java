/**
 * Tracking: shows a training to TensorBoard and MLflow. In: events, settings and scores, as a listener hears them. Out: event
 * files; calls of MLflow's server.
 */
@NullMarked
package org.unipelt.tracking;

import org.jspecify.annotations.NullMarked;
