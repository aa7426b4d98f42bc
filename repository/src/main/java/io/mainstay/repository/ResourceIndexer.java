package io.mainstay.repository;

import aQute.bnd.osgi.Domain;
import aQute.bnd.osgi.resource.CapReqBuilder;
import aQute.bnd.osgi.resource.ResourceBuilder;
import io.mainstay.store.Content;
import io.mainstay.store.ContentIndex;
import io.mainstay.store.ContentIndex.Key;
import io.mainstay.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Resource;
import org.osgi.service.repository.ContentNamespace;

/**
 * Makes the index of a bundle from its manifest, and a resource from the index. The index document is the
 * specification's own XML (Compendium 132.5) for one resource, gzipped, so that an export only has to join documents.
 */
public final class ResourceIndexer {
    /** The type of a bundle's bytes. */
    static final String MIME = "application/vnd.osgi.bundle";

    /** What a capability is looked up by that has no name, or one that is no text. */
    static final String UNNAMED = "";

    /** Compendium 135.4; its capabilities are known by the interfaces that the service has. */
    private static final String SERVICE_NAMESPACE = "osgi.service";

    private ResourceIndexer() {}

    /** {@return the capabilities and requirements of a bundle, read from its headers alone} */
    public static ContentIndex index(Content content) {
        try {
            Resource resource = resource(content);
            ByteArrayOutputStream document = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(document)) {
                RepositoryXml.write(List.of(resource), "mainstay", out);
            }
            return new ContentIndex(document.toByteArray(), keys(resource));
        } catch (IOException e) {
            throw new StoreException("Cannot index " + content.label() + ": " + e.getMessage(), e);
        }
    }

    /** {@return the resource that {@link #index} described} */
    public static Resource resource(ContentIndex index) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(index.document()))) {
            return RepositoryXml.read(in).get(0);
        } catch (IOException e) {
            throw new StoreException("An index in the store is damaged: " + e.getMessage(), e);
        }
    }

    private static Resource resource(Content content) {
        ResourceBuilder builder = new ResourceBuilder();
        Domain manifest = Domain.domain(content.headers());
        builder.addManifest(manifest);
        CapReqBuilder bytes = new CapReqBuilder(ContentNamespace.CONTENT_NAMESPACE);
        bytes.addAttribute(ContentNamespace.CONTENT_NAMESPACE, content.digest().hex());
        bytes.addAttribute(ContentNamespace.CAPABILITY_URL_ATTRIBUTE, url(content));
        bytes.addAttribute(ContentNamespace.CAPABILITY_SIZE_ATTRIBUTE, content.sizeBytes());
        bytes.addAttribute(ContentNamespace.CAPABILITY_MIME_ATTRIBUTE, MIME);
        builder.addCapability(bytes);
        return builder.build();
    }

    /** {@return where an export puts the bytes, relative to the index} */
    static String url(Content content) {
        return "jars/" + content.symbolicName() + "-" + content.version() + "-"
                + content.digest().brief() + ".jar";
    }

    private static Set<Key> keys(Resource resource) {
        Set<Key> keys = new HashSet<>();
        for (Capability capability : resource.getCapabilities(null)) {
            for (String name : names(capability)) {
                keys.add(new Key(capability.getNamespace(), name));
            }
        }
        return keys;
    }

    /** {@return what a capability is looked up by: services by their interfaces, all else by the attribute named like the namespace} */
    static Collection<String> names(Capability capability) {
        Object name = capability.getAttributes().get(keyAttribute(capability.getNamespace()));
        Collection<?> names = name instanceof Collection<?> several ? several : List.of(name == null ? UNNAMED : name);
        return names.stream()
                .map(one -> one instanceof String text ? text : UNNAMED)
                .toList();
    }

    static String keyAttribute(String namespace) {
        return namespace.equals(SERVICE_NAMESPACE) ? Constants.OBJECTCLASS : namespace;
    }

    /** {@return the symbolic name of a resource} */
    static String identity(Resource resource) {
        return resource.getCapabilities(IdentityNamespace.IDENTITY_NAMESPACE).stream()
                .map(capability -> String.valueOf(capability.getAttributes().get(IdentityNamespace.IDENTITY_NAMESPACE)))
                .findFirst()
                .orElse("a resource without identity");
    }
}
