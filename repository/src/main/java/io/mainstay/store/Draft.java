package io.mainstay.store;

import java.time.Instant;

/**
 * A file that somebody works on: it is in no generation, and nothing runs it.
 *
 * @param channel the channel whose bundle it is for
 * @param location the bundle's location
 * @param author who works on it
 * @param path the file in the bundle's project
 * @param base the content of the bundle that it was made from
 * @param bytes the file; not to be changed
 * @param saved when it was saved, by the database's clock
 */
public record Draft(
        String channel, String location, String author, String path, Digest base, byte[] bytes, Instant saved) {}
