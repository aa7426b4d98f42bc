package io.mainstay.framework.workshop;

import io.mainstay.source.Project;
import io.mainstay.store.GenerationEntry;

/**
 * The source of one bundle, as it was in a generation.
 *
 * @param generation the generation's number
 * @param entry the bundle
 * @param project its source
 */
public record Checkout(long generation, GenerationEntry entry, Project project) {}
