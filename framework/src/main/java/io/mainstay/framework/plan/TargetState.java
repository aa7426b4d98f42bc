package io.mainstay.framework.plan;

import io.mainstay.store.Content;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Joins what a generation says with what the store knows of its contents. */
public final class TargetState {
    private TargetState() {}

    /**
     * {@return the bundles of {@code state}}
     *
     * @throws ContentMissingException if {@code contents} lacks one
     */
    public static List<TargetBundle> of(SystemState state, Map<Digest, Content> contents) {
        List<TargetBundle> bundles = new ArrayList<>();
        for (GenerationEntry entry : state.entries()) {
            Content content = contents.get(entry.content());
            if (content == null) {
                throw new ContentMissingException(entry.label(), entry.content());
            }
            bundles.add(new TargetBundle(entry, content));
        }
        return bundles;
    }
}
