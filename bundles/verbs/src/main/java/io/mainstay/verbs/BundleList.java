package io.mainstay.verbs;

import io.mainstay.framework.deploy.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** A file that names bundles and configurations, as {@code deploy --from} takes it. */
public final class BundleList {
    private BundleList() {}

    /** {@return the change that adds all that the list names} */
    public static Change change(Place place, Path list, String author, String message) throws IOException {
        Change.Builder change = Change.by(author).message(message);
        Sources sources = new Sources(place, false, false, OptionalInt.empty());
        sources.find(List.of(), List.of(list.toAbsolutePath())).forEach(change::add);
        sources.configurations().forEach(change::configure);
        return change.build();
    }
}
