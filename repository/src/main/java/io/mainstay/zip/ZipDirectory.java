package io.mainstay.zip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipException;

/**
 * Reads a zip's central directory, Zip64 included. Follows PKWARE's APPNOTE 6.3.10, sections 4.3.12 to 4.3.16.
 *
 * <p>Bytes before the first entry are allowed, as the JDK allows them; every other offset has to lie inside the zip.
 */
public final class ZipDirectory {
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int LOCATOR_SIGNATURE = 0x07064b50;
    private static final int LOCATOR_BYTES = 20;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int END64_BYTES = 56;
    private static final int MEMBER_SIGNATURE = 0x02014b50;
    private static final int MEMBER_BYTES = 46;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final long FULL_32 = 0xffffffffL;
    private static final int FULL_16 = 0xffff;
    private static final int ZIP64_FIELD = 1;

    private final SeekableByteChannel channel;
    private final long size;
    /** What to add to each offset in the zip: the number of bytes before it. */
    private long shift;

    private ZipDirectory(SeekableByteChannel channel) throws IOException {
        this.channel = channel;
        this.size = channel.size();
    }

    /**
     * Lists the members in the order of the directory, duplicates included.
     *
     * @throws ZipException if this is no zip, or a broken one; the message says which
     */
    public static List<ZipMember> read(SeekableByteChannel channel) throws IOException {
        return new ZipDirectory(channel).members();
    }

    /** {@return where the bytes of a member begin, given the local header at its offset} */
    public static long dataOffset(SeekableByteChannel channel, ZipMember member) throws IOException {
        ByteBuffer header = new ZipDirectory(channel).bytes(member.headerOffset(), LOCAL_BYTES, "local header");
        if (header.getInt(0) != LOCAL_SIGNATURE) {
            throw new ZipException("the local header of " + member.name() + " is not where the directory says");
        }
        return member.headerOffset() + LOCAL_BYTES + word(header, 26) + word(header, 28);
    }

    private List<ZipMember> members() throws IOException {
        long endOffset = findEnd();
        ByteBuffer end = bytes(endOffset, END_BYTES, "end record");
        long count = word(end, 10);
        long directoryBytes = dword(end, 12);
        long directoryOffset = dword(end, 16);
        long directoryEnd = endOffset;
        if (count == FULL_16 || directoryBytes == FULL_32 || directoryOffset == FULL_32) {
            long end64Offset = findEnd64(endOffset);
            if (end64Offset >= 0) {
                ByteBuffer end64 = bytes(end64Offset, END64_BYTES, "Zip64 end record");
                count = end64.getLong(32);
                directoryBytes = end64.getLong(40);
                directoryOffset = end64.getLong(48);
                directoryEnd = end64Offset;
            }
        }
        shift = directoryEnd - directoryBytes - directoryOffset;
        if (directoryBytes < 0 || directoryOffset < 0 || shift < 0 || directoryBytes > Integer.MAX_VALUE - 8) {
            throw new ZipException("its directory lies outside the file; the file is truncated or damaged");
        }
        ByteBuffer directory = bytes(directoryOffset + shift, (int) directoryBytes, "directory");
        List<ZipMember> members = new ArrayList<>();
        while (directory.remaining() >= MEMBER_BYTES) {
            members.add(member(directory));
        }
        if (members.size() != count) {
            throw new ZipException("its directory lists " + members.size() + " entries, its end says " + count);
        }
        return members;
    }

    /** The end record is the last thing but for a comment: search backwards for one whose comment fills the rest. */
    private long findEnd() throws IOException {
        if (size < END_BYTES) {
            throw new ZipException(size == 0 ? "the file is empty" : "it is too short for a zip");
        }
        int tailBytes = (int) Math.min(size, END_BYTES + LONGEST_COMMENT);
        ByteBuffer tail = bytes(size - tailBytes, tailBytes, "end");
        for (int at = tailBytes - END_BYTES; at >= 0; at--) {
            if (tail.getInt(at) == END_SIGNATURE && at + END_BYTES + word(tail, at + 20) == tailBytes) {
                return size - tailBytes + at;
            }
        }
        ByteBuffer start = bytes(0, 4, "start");
        throw new ZipException(
                start.getInt(0) == LOCAL_SIGNATURE
                        ? "it begins like a zip, but its end is missing; the file is truncated"
                        : "it is no zip");
    }

    private long findEnd64(long endOffset) throws IOException {
        long at = endOffset - LOCATOR_BYTES;
        if (at < 0) {
            return -1;
        }
        ByteBuffer locator = bytes(at, LOCATOR_BYTES, "Zip64 locator");
        if (locator.getInt(0) != LOCATOR_SIGNATURE) {
            return -1;
        }
        // what comes before the zip moves the record, but not the locator's word for it: look just before the locator
        long told = locator.getLong(8);
        for (long candidate : new long[] {told, at - END64_BYTES}) {
            if (candidate >= 0
                    && candidate + END64_BYTES <= at
                    && bytes(candidate, 4, "Zip64 end record").getInt(0) == END64_SIGNATURE) {
                return candidate;
            }
        }
        throw new ZipException("its Zip64 end record is missing; the file is damaged");
    }

    private ZipMember member(ByteBuffer directory) throws ZipException {
        int at = directory.position();
        if (directory.getInt(at) != MEMBER_SIGNATURE) {
            throw new ZipException("its directory is damaged");
        }
        int nameBytes = word(directory, at + 28);
        int extraBytes = word(directory, at + 30);
        int commentBytes = word(directory, at + 32);
        int next = at + MEMBER_BYTES + nameBytes + extraBytes + commentBytes;
        if (next > directory.limit()) {
            throw new ZipException("its directory is damaged");
        }
        byte[] name = new byte[nameBytes];
        directory.get(at + MEMBER_BYTES, name);
        long compressed = dword(directory, at + 20);
        long expanded = dword(directory, at + 24);
        long offset = dword(directory, at + 42);
        if (compressed == FULL_32 || expanded == FULL_32 || offset == FULL_32) {
            ByteBuffer wide = zip64Field(directory, at + MEMBER_BYTES + nameBytes, extraBytes);
            expanded = expanded == FULL_32 ? wide.getLong() : expanded;
            compressed = compressed == FULL_32 ? wide.getLong() : compressed;
            offset = offset == FULL_32 ? wide.getLong() : offset;
        }
        directory.position(next);
        String text = new String(name, StandardCharsets.UTF_8);
        if (expanded < 0
                || outside(compressed)
                || outside(offset)
                || outside(offset + shift + LOCAL_BYTES + compressed)) {
            throw new ZipException("its entry " + text + " lies outside the file; the file is truncated or damaged");
        }
        return new ZipMember(
                text,
                word(directory, at + 10),
                (word(directory, at + 8) & 1) != 0,
                dword(directory, at + 16),
                compressed,
                expanded,
                offset + shift,
                word(directory, at + 14),
                word(directory, at + 12));
    }

    private boolean outside(long position) {
        return position < 0 || position > size;
    }

    private static ByteBuffer zip64Field(ByteBuffer directory, int from, int length) throws ZipException {
        int at = from;
        while (at + 4 <= from + length) {
            int id = word(directory, at);
            int bytes = word(directory, at + 2);
            if (id == ZIP64_FIELD && at + 4 + bytes <= from + length) {
                byte[] field = new byte[Math.max(bytes, 24)];
                directory.get(at + 4, field, 0, bytes);
                return ByteBuffer.wrap(field).order(ByteOrder.LITTLE_ENDIAN);
            }
            at += 4 + bytes;
        }
        throw new ZipException("its directory is damaged: a Zip64 field is missing");
    }

    private ByteBuffer bytes(long offset, int count, String what) throws IOException {
        if (offset < 0 || offset + count > size) {
            throw new ZipException("its " + what + " lies outside the file; the file is truncated or damaged");
        }
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        channel.position(offset);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new ZipException("its " + what + " ends too early; the file is truncated");
            }
        }
        return buffer.flip();
    }

    private static int word(ByteBuffer buffer, int at) {
        return Short.toUnsignedInt(buffer.getShort(at));
    }

    private static long dword(ByteBuffer buffer, int at) {
        return Integer.toUnsignedLong(buffer.getInt(at));
    }
}
