package io.mainstay.verbs;

import io.mainstay.framework.deploy.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** A file that names bundles, as {@code deploy --from} takes it. */
public final class BundleList {
    private BundleList() {}

    /** {@return the change that adds all bundles of the list} */
    public static Change change(Place place, Path list, String author, String message) throws IOException {
        Change.Builder change = Change.by(author).message(message);
        new Sources(place, false, false, OptionalInt.empty())
                .find(List.of(), List.of(list.toAbsolutePath()))
                .forEach(change::add);
        return change.build();
    }
}
