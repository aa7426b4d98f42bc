package io.mainstay;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes zips byte by byte, so that they can lie: PKWARE's APPNOTE 6.3.10, sections 4.3.7 to 4.3.16. */
public final class HandMadeZip {
    /** Flag: sizes and CRC follow the data. */
    public static final int DESCRIPTOR = 1 << 3;

    private static final int UTF8 = 1 << 11;
    private static final int FULL_16 = 0xffff;
    private static final long FULL_32 = 0xffffffffL;

    private final List<Member> members = new ArrayList<>();
    private byte[] prefix = new byte[0];
    private byte[] comment = new byte[0];
    private boolean zip64;
    private Consumer<End> endLies = end -> {};

    private HandMadeZip() {}

    /** One entry: its bytes, and what both headers claim of them. */
    public static final class Member {
        /** Its name, as bytes. */
        public byte[] name;
        /** The general purpose flags. */
        public int flags = UTF8;
        /** The compression method. */
        public int method;
        /** The claimed CRC-32. */
        public long crc;
        /** What stands in the zip. */
        public byte[] packed;
        /** How much of it there is, as claimed by the directory. */
        public long packedBytes;
        /** How much it expands to, as claimed by the directory. */
        public long sizeBytes;
        /** Where it is, as claimed by the directory; -1 for the truth. */
        public long offset = -1;

        private Member() {}
    }

    /** What the end record claims. */
    public static final class End {
        /** The number of entries. */
        public long count;
        /** The size of the directory. */
        public long directoryBytes;
        /** Where the directory begins. */
        public long directoryOffset;

        private End() {}
    }

    /** Begins a zip without entries. */
    public static HandMadeZip zip() {
        return new HandMadeZip();
    }

    /** Begins a zip with the manifest of a sound bundle. */
    public static HandMadeZip bundle() {
        return zip().deflated(
                        "META-INF/MANIFEST.MF",
                        "Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: a\n"
                                .getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a compressed entry. */
    public HandMadeZip deflated(String name, byte[] data) {
        return deflated(name, data, member -> {});
    }

    /** Adds a compressed entry that {@code lies} has touched. */
    public HandMadeZip deflated(String name, byte[] data, Consumer<Member> lies) {
        return add(name, data, 8, deflate(data), lies);
    }

    /** Adds an entry as it is. */
    public HandMadeZip stored(String name, byte[] data) {
        return stored(name, data, member -> {});
    }

    /** Adds an entry as it is, after {@code lies} has touched it. */
    public HandMadeZip stored(String name, byte[] data, Consumer<Member> lies) {
        return add(name, data, 0, data.clone(), lies);
    }

    private HandMadeZip add(String name, byte[] data, int method, byte[] packed, Consumer<Member> lies) {
        CRC32 crc = new CRC32();
        crc.update(data);
        Member member = new Member();
        member.name = name.getBytes(StandardCharsets.UTF_8);
        member.method = method;
        member.crc = crc.getValue();
        member.packed = packed;
        member.packedBytes = packed.length;
        member.sizeBytes = data.length;
        lies.accept(member);
        members.add(member);
        return this;
    }

    /** Puts bytes before the first entry, of which no offset knows. */
    public HandMadeZip after(byte[] bytes) {
        prefix = bytes.clone();
        return this;
    }

    /** Puts a comment at the end. */
    public HandMadeZip comment(String text) {
        comment = text.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    /** Writes every size and offset as Zip64 does. */
    public HandMadeZip zip64() {
        zip64 = true;
        return this;
    }

    /** Changes what the end record claims. */
    public HandMadeZip end(Consumer<End> lies) {
        endLies = lies;
        return this;
    }

    /** {@return the zip} */
    public byte[] bytes() {
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        for (Member member : members) {
            long offset = member.offset < 0 ? zip.size() : member.offset;
            zip.writeBytes(local(member));
            zip.writeBytes(member.packed);
            if ((member.flags & DESCRIPTOR) != 0) {
                zip.writeBytes(little(16)
                        .putInt(0x08074b50)
                        .putInt((int) member.crc)
                        .putInt((int) member.packedBytes)
                        .putInt((int) member.sizeBytes)
                        .array());
            }
            directory.writeBytes(central(member, offset));
        }
        End end = new End();
        end.count = members.size();
        end.directoryBytes = directory.size();
        end.directoryOffset = zip.size();
        endLies.accept(end);
        zip.writeBytes(directory.toByteArray());
        zip.writeBytes(zip64 ? end64(end, zip.size()) : new byte[0]);
        zip.writeBytes(end(end));
        zip.writeBytes(comment);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(prefix);
        whole.writeBytes(zip.toByteArray());
        return whole.toByteArray();
    }

    private static byte[] local(Member member) {
        boolean later = (member.flags & DESCRIPTOR) != 0;
        return little(30 + member.name.length)
                .putInt(0x04034b50)
                .putShort((short) 20)
                .putShort((short) member.flags)
                .putShort((short) member.method)
                .putInt(0)
                .putInt(later ? 0 : (int) member.crc)
                .putInt(later ? 0 : (int) member.packedBytes)
                .putInt(later ? 0 : (int) member.sizeBytes)
                .putShort((short) member.name.length)
                .putShort((short) 0)
                .put(member.name)
                .array();
    }

    private byte[] central(Member member, long offset) {
        ByteBuffer extra = little(zip64 ? 28 : 0);
        if (zip64) {
            extra.putShort((short) 1).putShort((short) 24);
            extra.putLong(member.sizeBytes).putLong(member.packedBytes).putLong(offset);
        }
        return little(46 + member.name.length + extra.capacity())
                .putInt(0x02014b50)
                .putShort((short) 45)
                .putShort((short) 20)
                .putShort((short) member.flags)
                .putShort((short) member.method)
                .putInt(0x5A2B_0000)
                .putInt((int) member.crc)
                .putInt((int) (zip64 ? FULL_32 : member.packedBytes))
                .putInt((int) (zip64 ? FULL_32 : member.sizeBytes))
                .putShort((short) member.name.length)
                .putShort((short) extra.capacity())
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt((int) (zip64 ? FULL_32 : offset))
                .put(member.name)
                .put(extra.array())
                .array();
    }

    private byte[] end(End end) {
        return little(22)
                .putInt(0x06054b50)
                .putInt(0)
                .putShort((short) (zip64 ? FULL_16 : end.count))
                .putShort((short) (zip64 ? FULL_16 : end.count))
                .putInt((int) (zip64 ? FULL_32 : end.directoryBytes))
                .putInt((int) (zip64 ? FULL_32 : end.directoryOffset))
                .putShort((short) comment.length)
                .array();
    }

    /** The Zip64 end record and its locator. */
    private static byte[] end64(End end, long offset) {
        return little(76)
                .putInt(0x06064b50)
                .putLong(44)
                .putShort((short) 45)
                .putShort((short) 45)
                .putLong(0)
                .putLong(end.count)
                .putLong(end.count)
                .putLong(end.directoryBytes)
                .putLong(end.directoryOffset)
                .putInt(0x07064b50)
                .putInt(0)
                .putLong(offset)
                .putInt(1)
                .array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Compresses as well as zlib can: bombs have to be small. */
    private static byte[] deflate(byte[] data) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(data);
        deflater.finish();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        while (!deflater.finished()) {
            packed.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return packed.toByteArray();
    }
}
