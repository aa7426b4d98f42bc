package io.mainstay.deploy.maven;

/**
 * Hears how transfers from remote repositories go: of artifacts, and of the POMs and metadata needed on the way.
 * Implementations are thread-safe, since files may come in parallel on threads of the resolver, and throw nothing.
 */
@FunctionalInterface
public interface TransferProgress {
    /** Hears nothing. */
    TransferProgress NONE = (what, bytes, totalOrMinusOne) -> {};

    /**
     * Takes note of how far a file is. The last call for a file that arrived has {@code bytes} equal to the total; a
     * transfer that fails just gets no more calls. One that is tried again begins anew.
     *
     * @param what the file's name, such as {@code greeter-1.2.0.jar}
     * @param bytes the bytes here so far
     * @param totalOrMinusOne the bytes of the whole file; -1 as long as they are not known
     */
    void transferred(String what, long bytes, long totalOrMinusOne);
}
