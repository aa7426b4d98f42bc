package io.mainstay.intake;

import io.mainstay.store.ContentSource;
import io.mainstay.zip.ZipDirectory;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Expands the entries of one jar and checks that each is what the directory says. Counts what all of them expand to, so
 * that a bomb is noticed while it goes off, whatever sizes it claims. Not thread-safe; one per jar, which has to be closed.
 */
final class MemberReader implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    /** Of an entry that is held in memory: manifests of large signed jars have a few megabytes. */
    private static final int LONGEST_HELD = 32 << 20;

    private final ContentSource source;
    private final IntakeLimits limits;
    private final Inflater inflater = new Inflater(true);
    private final byte[] packed = new byte[BUFFER];
    private final byte[] expanded = new byte[BUFFER];
    private final long allowed;
    private final String limit;
    private long total;
    /** Where {@link #total} will be after the entry at hand, if the directory is right. */
    private long promised;

    MemberReader(ContentSource source, IntakeLimits limits) throws IOException {
        this.source = source;
        this.limits = limits;
        long byRatio = Math.max(IntakeLimits.HARMLESS_BYTES, source.sizeBytes() * limits.maxRatio());
        this.allowed = Math.min(byRatio, limits.maxExpandedBytes());
        this.limit = byRatio <= limits.maxExpandedBytes()
                ? limits.maxRatio() + " times its size (mainstay.intake.max.ratio)"
                : limits.maxExpandedBytes() + " bytes (mainstay.intake.max.expanded.bytes)";
    }

    byte[] bytes(SeekableByteChannel channel, ZipMember member) throws IOException {
        if (member.sizeBytes() > LONGEST_HELD) {
            throw new ZipException("its entry " + member.name() + " has " + member.sizeBytes()
                    + " bytes, the limit for this one is " + LONGEST_HELD);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        expand(channel, member, out);
        return out.toByteArray();
    }

    void expand(SeekableByteChannel channel, ZipMember member, OutputStream out) throws IOException {
        if (member.encrypted()) {
            throw new ZipException("its entry " + member.name() + " is encrypted");
        }
        CRC32 crc = new CRC32();
        promised = total + member.sizeBytes();
        channel.position(ZipDirectory.dataOffset(channel, member));
        switch (member.method()) {
            case ZipMember.STORED -> copy(channel, member, crc, out);
            case ZipMember.DEFLATED -> inflate(channel, member, crc, out);
            default ->
                throw new ZipException("its entry " + member.name() + " is compressed by method " + member.method()
                        + ", which Java cannot read");
        }
        if (total != promised || crc.getValue() != member.crc()) {
            throw damaged(member, "size or CRC is not what the directory says");
        }
    }

    private void copy(SeekableByteChannel channel, ZipMember member, CRC32 crc, OutputStream out) throws IOException {
        long left = member.compressedBytes();
        while (left > 0) {
            int count = fill(channel, member, left);
            left -= count;
            emit(member, packed, count, crc, out);
        }
    }

    private void inflate(SeekableByteChannel channel, ZipMember member, CRC32 crc, OutputStream out)
            throws IOException {
        inflater.reset();
        try {
            long left = member.compressedBytes();
            while (!inflater.finished()) {
                int count = inflater.inflate(expanded);
                emit(member, expanded, count, crc, out);
                // only when nothing came: what it has eaten may be more than one buffer full
                if (count == 0 && !inflater.finished()) {
                    if (left == 0) {
                        throw damaged(member, "it ends too early");
                    }
                    int fed = fill(channel, member, left);
                    left -= fed;
                    inflater.setInput(packed, 0, fed);
                }
            }
            if (left + inflater.getRemaining() > 0) {
                throw damaged(member, "it ends before its packed size");
            }
        } catch (DataFormatException e) {
            throw damaged(member, e.getMessage());
        }
    }

    @Override
    public void close() {
        inflater.end();
    }

    private int fill(SeekableByteChannel channel, ZipMember member, long left) throws IOException {
        int count = channel.read(ByteBuffer.wrap(packed, 0, (int) Math.min(BUFFER, left)));
        if (count <= 0) {
            throw new ZipException("its entry " + member.name() + " ends too early; the file is truncated");
        }
        return count;
    }

    private void emit(ZipMember member, byte[] bytes, int count, CRC32 crc, OutputStream out) throws IOException {
        total += count;
        if (total > promised) {
            throw damaged(member, "it expands to more than the " + member.sizeBytes() + " bytes of the directory");
        }
        if (total > allowed) {
            throw new RefusedBundleException(
                    source.name(), "its entries expand to more than " + limit + "; raise the limit if you trust it");
        }
        crc.update(bytes, 0, count);
        out.write(bytes, 0, count);
    }

    private static ZipException damaged(ZipMember member, String finding) {
        return new ZipException("its entry " + member.name() + " is damaged: " + finding);
    }
}
