package io.mainstay.repository;

import aQute.bnd.osgi.resource.CapReqBuilder;
import io.mainstay.store.Digest;
import io.mainstay.store.Store;
import java.io.InputStream;
import java.util.List;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.service.repository.ContentNamespace;
import org.osgi.service.repository.RepositoryContent;

/** A bundle of the store as a resource that can give its bytes. Equal to every other resource of the same digest. */
final class StoredResource implements Resource, RepositoryContent {
    private final Store store;
    private final Digest digest;
    private final List<Capability> capabilities;
    private final List<Requirement> requirements;

    StoredResource(Store store, Digest digest, Resource described) {
        this.store = store;
        this.digest = digest;
        this.capabilities =
                described.getCapabilities(null).stream().map(this::own).toList();
        this.requirements = described.getRequirements(null).stream()
                .<Requirement>map(requirement ->
                        CapReqBuilder.clone(requirement).setResource(this).buildRequirement())
                .toList();
    }

    /** The index says where an export would put the bytes; here they are named by their digest. */
    private Capability own(Capability capability) {
        CapReqBuilder builder = new CapReqBuilder(this, capability.getNamespace());
        capability.getDirectives().forEach(builder::addDirective);
        capability.getAttributes().forEach((name, value) -> {
            boolean address = capability.getNamespace().equals(ContentNamespace.CONTENT_NAMESPACE)
                    && name.equals(ContentNamespace.CAPABILITY_URL_ATTRIBUTE);
            try {
                builder.addAttribute(name, address ? "mainstay:" + digest : value);
            } catch (Exception e) {
                throw new IllegalStateException("bnd cannot copy an attribute that it has read: " + name, e);
            }
        });
        return builder.buildCapability();
    }

    @Override
    public List<Capability> getCapabilities(String namespace) {
        return namespace == null
                ? capabilities
                : capabilities.stream()
                        .filter(capability -> capability.getNamespace().equals(namespace))
                        .toList();
    }

    @Override
    public List<Requirement> getRequirements(String namespace) {
        return namespace == null
                ? requirements
                : requirements.stream()
                        .filter(requirement -> requirement.getNamespace().equals(namespace))
                        .toList();
    }

    @Override
    public InputStream getContent() {
        return store.contents().open(digest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoredResource that && digest.equals(that.digest);
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    @Override
    public String toString() {
        return ResourceIndexer.identity(this) + " " + digest.brief();
    }
}
