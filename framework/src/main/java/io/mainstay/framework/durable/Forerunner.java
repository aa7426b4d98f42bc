package io.mainstay.framework.durable;

import io.mainstay.framework.durable.StableService.Kind;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.Bundle;

/**
 * A service that is gone, and whose objects somebody may still keep: what is known of it as long as that is so, because
 * something has gone on for them, and something else may have to. It does not keep them itself. Immutable.
 */
final class Forerunner {
    private final Kind kind;
    private final String label;
    private final Owner owner;
    private final List<Held> held;

    /** @param users nobody where it is the same for all */
    private record Held(List<Bundle> users, WeakReference<StableObject> object) {
        Optional<StableObject> kept() {
            return Optional.ofNullable(object.get());
        }
    }

    /** Looks at a service that is about to go, and at what its users have of it. */
    Forerunner(StableService gone) {
        this.kind = gone.kind();
        this.label = gone.label();
        this.owner = gone.owner();
        this.held = gone.users().entrySet().stream()
                .map(one -> new Held(one.getValue(), new WeakReference<>(one.getKey())))
                .toList();
    }

    Kind kind() {
        return kind;
    }

    Owner owner() {
        return owner;
    }

    /** {@return what people call it} */
    String label() {
        return label;
    }

    boolean isKept() {
        return held.stream().anyMatch(one -> one.kept().isPresent());
    }

    /** Has those who keep objects of it go on with what another service gives them. */
    void leaveTo(StableService heir) {
        for (Held one : held) {
            one.kept().ifPresent(object -> given(heir, one.users()).ifPresent(object::leave));
        }
    }

    private static Optional<StableObject> given(StableService heir, List<Bundle> users) {
        if (users.isEmpty()) {
            return heir.givenToAll();
        }
        // for each of them: what one gives back must not end for others
        List<StableObject> all =
                users.stream().map(heir::givenTo).flatMap(Optional::stream).toList();
        return all.stream().findFirst();
    }
}
