package io.mainstay.intake;

import io.mainstay.store.Content;
import io.mainstay.store.ContentIndex;
import io.mainstay.store.ContentSource;

/**
 * A bundle that was found sound, ready to be stored.
 *
 * @param content what it is
 * @param source where its bytes are
 * @param index what it provides and requires
 */
public record CheckedBundle(Content content, ContentSource source, ContentIndex index) {}
