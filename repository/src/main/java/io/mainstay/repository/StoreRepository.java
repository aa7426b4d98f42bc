package io.mainstay.repository;

import aQute.bnd.osgi.repository.BaseRepository;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Digest;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.service.repository.RequirementExpression;
import org.osgi.util.promise.Promise;
import org.osgi.util.promise.Promises;

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

    @Override
    public Promise<Collection<Resource>> findProviders(RequirementExpression expression) {
        try {
            return Promises.resolved(new ExpressionSearch(this::resources, everything()).find(expression));
        } catch (IllegalArgumentException | StoreException e) {
            return Promises.failed(e);
        }
    }

    private Requirement everything() {
        return newRequirementBuilder(IdentityNamespace.IDENTITY_NAMESPACE).build();
    }

    private Collection<Resource> resources(Requirement requirement) {
        return providers(requirement).stream().map(Capability::getResource).toList();
    }

    private Collection<Capability> providers(Requirement requirement) {
        RequirementMatcher matcher = new RequirementMatcher(requirement);
        List<Capability> found = new ArrayList<>();
        for (Digest digest : store.contents().providers(matcher.query())) {
            resource(digest)
                    .ifPresent(resource -> resource.getCapabilities(requirement.getNamespace()).stream()
                            .filter(matcher::matches)
                            .forEach(found::add));
        }
        return found;
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
