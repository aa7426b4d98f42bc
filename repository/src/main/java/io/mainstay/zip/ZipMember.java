package io.mainstay.zip;

/**
 * One entry, as the central directory describes it.
 *
 * @param name its name; a directory's ends with a slash
 * @param method how it is compressed: 0 stored, 8 deflated
 * @param encrypted whether it is encrypted
 * @param crc the CRC-32 of the expanded bytes
 * @param compressedBytes the number of bytes in the zip
 * @param sizeBytes the number of expanded bytes
 * @param headerOffset where its local header begins
 * @param modifiedMillis when it was last modified, in milliseconds since 1970, by the local time zone
 */
public record ZipMember(
        String name,
        int method,
        boolean encrypted,
        long crc,
        long compressedBytes,
        long sizeBytes,
        long headerOffset,
        long modifiedMillis) {
    /** Not compressed. */
    public static final int STORED = 0;
    /** Compressed by deflate. */
    public static final int DEFLATED = 8;

    /** {@return whether the name is a directory's} */
    public boolean isDirectory() {
        return name.endsWith("/");
    }
}
