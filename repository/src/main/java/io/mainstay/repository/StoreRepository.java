package io.mainstay.repository;

import aQute.bnd.osgi.repository.BaseRepository;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.namespace.AbstractWiringNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;

/**
 * Answers queries over everything in a store from the index that was made when it came in; no bundle is opened. All
 * resources are {@link org.osgi.service.repository.RepositoryContent}. Thread-safe; the store stays the caller's.
 *
 * @see <a href="https://docs.osgi.org/specification/osgi.cmpn/8.1.0/service.repository.html">Compendium 8.1, 132</a>
 */
public final class StoreRepository extends BaseRepository {
    /** Resources kept in memory: what one resolution touches, not the store. */
    private static final int REMEMBERED = 512;

    private final Store store;
    private final Map<Digest, StoredResource> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, StoredResource> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** Makes a repository over {@code store}. */
    public StoreRepository(Store store) {
        this.store = store;
    }

    @Override
    public Map<Requirement, Collection<Capability>> findProviders(Collection<? extends Requirement> requirements) {
        Map<Requirement, Collection<Capability>> providers = new LinkedHashMap<>();
        for (Requirement requirement : requirements) {
            providers.computeIfAbsent(requirement, this::providers);
        }
        return providers;
    }

    private Collection<Capability> providers(Requirement requirement) {
        String namespace = requirement.getNamespace();
        String text = requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
        Optional<Filter> filter = parse(requirement, text);
        List<Capability> found = new ArrayList<>();
        for (Digest digest : store.contents().providers(FilterKeys.query(namespace, text))) {
            resource(digest)
                    .ifPresent(resource -> resource.getCapabilities(namespace).stream()
                            .filter(capability ->
                                    filter.isEmpty() || filter.get().matches(capability.getAttributes()))
                            .filter(capability -> mandatoryAttributesAreNamed(capability, text))
                            .forEach(found::add));
        }
        return found;
    }

    private static Optional<Filter> parse(Requirement requirement, String text) {
        try {
            return text.isBlank() ? Optional.empty() : Optional.of(FrameworkUtil.createFilter(text));
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException("The filter of " + requirement + " is broken: " + e.getMessage(), e);
        }
    }

    /** OSGi Core 8, 7.7: wiring namespaces may ask that a filter names certain attributes. */
    private static boolean mandatoryAttributesAreNamed(Capability capability, String filter) {
        if (!capability.getNamespace().startsWith("osgi.wiring.")) {
            return true;
        }
        String mandatory =
                capability.getDirectives().getOrDefault(AbstractWiringNamespace.CAPABILITY_MANDATORY_DIRECTIVE, "");
        for (String attribute : mandatory.split("\\s*,\\s*")) {
            if (!attribute.isEmpty()
                    && !filter.matches(".*\\(\\s*" + java.util.regex.Pattern.quote(attribute) + "\\s*[=<>~].*")) {
                return false;
            }
        }
        return true;
    }

    /** {@return the resource of a digest; empty if gc has just taken it} */
    private Optional<StoredResource> resource(Digest digest) {
        synchronized (remembered) {
            StoredResource known = remembered.get(digest);
            if (known != null) {
                return Optional.of(known);
            }
        }
        try {
            StoredResource resource = new StoredResource(
                    store, digest, ResourceIndexer.resource(store.contents().index(digest)));
            synchronized (remembered) {
                remembered.put(digest, resource);
            }
            return Optional.of(resource);
        } catch (ContentMissingException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return "StoreRepository[" + store.url() + "]";
    }
}
