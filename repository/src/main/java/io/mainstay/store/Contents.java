package io.mainstay.store;

import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads content. Thread-safe; every method may block on the database. */
public interface Contents {

    /** Describes the content named by {@code digest}. */
    Optional<Content> find(Digest digest);

    /** Describes all of {@code digests} that there are, in one sweep. */
    Map<Digest, Content> find(Collection<Digest> digests);

    /** Describes everything that is stored, in the order of symbolic name and digest. */
    List<Content> all();

    /**
     * Opens the bytes as a stream, at constant memory; the caller closes. The digest is checked as they pass: the read
     * that would return the end of the stream fails instead, so nothing may be trusted before the end was seen.
     *
     * @throws ContentMissingException if there is no such content
     * @throws ContentCorruptException from the stream's {@code read}, if the bytes are not those that were stored
     */
    InputStream open(Digest digest);

    /**
     * Reads all bytes and checks them against the digest.
     *
     * @throws ContentMissingException if there is no such content
     * @throws ContentCorruptException if the bytes are not those that were stored
     */
    byte[] read(Digest digest);

    /**
     * Reads the bytes of several contents in one sequential pass, each checked against its digest.
     *
     * @throws ContentMissingException if one is missing
     * @throws ContentCorruptException if one is not what was stored
     */
    Map<Digest, byte[]> read(Collection<Digest> digests);

    /** {@return the capabilities and requirements noted when {@code digest} came in} */
    ContentIndex index(Digest digest);

    /** {@return the digests of content that provides a capability which {@code query} asks for, from the index} */
    Set<Digest> providers(IndexQuery query);
}
