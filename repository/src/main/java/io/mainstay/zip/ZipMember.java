package io.mainstay.zip;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;

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
 * @param date the day when it was last modified, as MS-DOS packs it
 * @param time the time of that day, as MS-DOS packs it, in steps of two seconds
 */
public record ZipMember(
        String name,
        int method,
        boolean encrypted,
        long crc,
        long compressedBytes,
        long sizeBytes,
        long headerOffset,
        int date,
        int time) {
    /** Not compressed. */
    public static final int STORED = 0;
    /** Compressed by deflate. */
    public static final int DEFLATED = 8;

    /** {@return whether the name is a directory's} */
    public boolean isDirectory() {
        return name.endsWith("/");
    }

    /** {@return when it was last modified, in milliseconds since 1970, by the local time zone; 0 for a date that does not exist} */
    public long modifiedMillis() {
        try {
            return LocalDateTime.of(
                            1980 + (date >> 9),
                            date >> 5 & 0xf,
                            date & 0x1f,
                            time >> 11,
                            time >> 5 & 0x3f,
                            (time & 0x1f) * 2)
                    .atZone(ZoneId.systemDefault())
                    .toInstant()
                    .toEpochMilli();
        } catch (DateTimeException e) {
            return 0;
        }
    }
}
