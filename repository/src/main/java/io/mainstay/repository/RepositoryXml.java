package io.mainstay.repository;

import aQute.bnd.osgi.repository.XMLResourceGenerator;
import aQute.bnd.osgi.repository.XMLResourceParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import org.osgi.resource.Resource;

/** Reads and writes the XML of a repository: OSGi Compendium 8.1, 132.5. */
public final class RepositoryXml {
    private RepositoryXml() {}

    /** Writes an index; the caller closes the stream. */
    public static void write(Collection<Resource> resources, String name, OutputStream out) throws IOException {
        new XMLResourceGenerator()
                .name(name)
                .increment(0)
                .indent(0)
                .resources(resources)
                .save(out);
    }

    /**
     * Reads an index; the caller closes the stream. URLs of content stay as they are written. Referrals are refused: who
     * reads an index of others must not fetch what it names.
     *
     * @throws IOException if it is no index, refers to others, or cannot be read
     */
    public static List<Resource> read(InputStream in) throws IOException {
        try (XMLResourceParser parser = new XMLResourceParser(in, "index", URI.create(""))) {
            parser.setDepth(0);
            List<Resource> resources = parser.parse();
            if (parser.check() && resources != null) {
                return resources;
            }
            throw new IllegalArgumentException(String.join("; ", parser.getErrors()));
        } catch (Exception e) {
            throw new IOException(
                    "it is no repository index: " + (e.getMessage() == null ? e.toString() : e.getMessage()), e);
        }
    }
}
