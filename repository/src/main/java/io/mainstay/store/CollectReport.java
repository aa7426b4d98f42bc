package io.mainstay.store;

/**
 * What {@link Store#collect} dropped.
 *
 * @param contents the number of contents dropped
 * @param bytes their size
 * @param keptGenerations the number of generations that can still be gone back to
 */
public record CollectReport(long contents, long bytes, long keptGenerations) {}
