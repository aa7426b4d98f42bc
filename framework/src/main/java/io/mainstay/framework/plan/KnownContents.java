package io.mainstay.framework.plan;

import io.mainstay.store.Content;
import io.mainstay.store.Contents;
import io.mainstay.store.Digest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What is known of some contents. The store is asked, for all at once, when something is wanted that is not. Not thread-safe. */
public final class KnownContents {
    private final Contents store;
    private final Set<Digest> digests;
    private final Map<Digest, Content> known;
    private boolean asked;

    /**
     * Begins.
     *
     * @param digests which contents
     * @param known what is known of some of them, and maybe of others
     */
    public KnownContents(Contents store, Set<Digest> digests, Map<Digest, Content> known) {
        this.store = store;
        this.digests = digests;
        this.known = new HashMap<>(known);
    }

    /** {@return a content; null if the store does not have it} */
    public Content get(Digest digest) {
        Content content = known.get(digest);
        return content == null ? all().get(digest) : content;
    }

    /** {@return all that there are} */
    public Map<Digest, Content> all() {
        if (!asked) {
            asked = true;
            Set<Digest> others = new HashSet<>(digests);
            others.removeAll(known.keySet());
            known.putAll(store.find(others));
        }
        return known;
    }
}
