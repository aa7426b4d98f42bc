package io.mainstay.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.mainstay.HandMadeZip;
import io.mainstay.HandMadeZip.Member;
import io.mainstay.TestBundles;
import io.mainstay.repository.ResourceIndexer;
import io.mainstay.store.ContentSource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the intake makes of zips that are cut, flipped, lying, or merely unusual. */
class DamagedJarTest {
    private static final byte[] TEXT = "some text, and some text again".getBytes(StandardCharsets.UTF_8);
    private static final int MEGABYTE = 1 << 20;

    @Test
    void emptyFile_isRefused() {
        refused(new byte[0], "the file is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "PK\u0003\u0004", "this is a text and certainly not a zip file"})
    void otherFile_isRefused(String text) {
        refused(text.getBytes(StandardCharsets.UTF_8), "");
    }

    @Test
    void noZip_isSaidSo() {
        refused("a text that is no zip file".getBytes(StandardCharsets.UTF_8), "it is no zip");
        refused("short".getBytes(StandardCharsets.UTF_8), "it is too short for a zip");
    }

    @Test
    void truncatedJar_isRefusedWhereverItIsCut() {
        byte[] jar = TestBundles.bundle("a", "1").entry("a.txt", "text").bytes();
        for (int length = 22; length < jar.length; length++) {
            refused(Arrays.copyOf(jar, length), "the file is truncated");
        }
    }

    @Test
    void jarThatMissesItsMiddle_isRefused() {
        byte[] noise = noise(9_000);
        byte[] jar = HandMadeZip.bundle().stored("noise", noise).bytes();
        byte[] gap = new byte[jar.length - 1_000];
        System.arraycopy(jar, 0, gap, 0, 4_000);
        System.arraycopy(jar, 5_000, gap, 4_000, gap.length - 4_000);

        refused(gap, "");
    }

    @Test
    void flippedByte_isFoundByCrc() {
        byte[] stored = HandMadeZip.bundle()
                .stored("a", TEXT, member -> member.packed[3] ^= 1)
                .bytes();
        byte[] deflated = HandMadeZip.bundle()
                .deflated("a", TEXT, member -> member.packed[member.packed.length / 2] ^= 4)
                .bytes();

        refused(stored, "its entry a is damaged: size or CRC is not what the directory says");
        refused(deflated, "its entry a is damaged: ");
    }

    @Test
    void encryptedEntry_isRefused() {
        refused(
                HandMadeZip.bundle()
                        .stored("a", TEXT, member -> member.flags |= 1)
                        .bytes(),
                "its entry a is encrypted");
    }

    @Test
    void unknownCompression_isRefused() {
        refused(
                HandMadeZip.bundle()
                        .stored("a", TEXT, member -> member.method = 93)
                        .bytes(),
                "its entry a is compressed by method 93, which Java cannot read");
    }

    @Test
    void lyingSizes_areRefused() {
        refused(lying(member -> member.sizeBytes++), "its entry a is damaged");
        refused(lying(member -> member.sizeBytes = 0), "its entry a is damaged");
        refused(lying(member -> member.packedBytes--), "its entry a is damaged: it ends too early");
        refused(lying(member -> member.packedBytes = 1_000_000), "its entry a lies outside the file");
        refused(lying(member -> member.packedBytes++), "its entry a is damaged: it ends before its packed size");
        refused(lying(member -> member.crc++), "its entry a is damaged");
        refused(lying(member -> member.offset = 5), "the local header of a is not where the directory says");
        refused(lying(member -> member.offset = 1_000_000), "its entry a lies outside the file");
        refused(lying(member -> member.packedBytes = 0xffffffffL), "its directory is damaged");
    }

    @Test
    void lyingWideSizes_areRefused() {
        refused(lyingWide(member -> member.packedBytes = Long.MAX_VALUE), "its entry a lies outside the file");
        refused(lyingWide(member -> member.offset = Long.MAX_VALUE), "its entry a lies outside the file");
        refused(lyingWide(member -> member.packedBytes = -1), "its entry a lies outside the file");
        refused(lyingWide(member -> member.sizeBytes = Long.MAX_VALUE / 2), "its entry a is damaged");
    }

    private static byte[] lying(java.util.function.Consumer<Member> lie) {
        return HandMadeZip.bundle().deflated("a", TEXT, lie).bytes();
    }

    private static byte[] lyingWide(java.util.function.Consumer<Member> lie) {
        return HandMadeZip.bundle()
                .zip64()
                .stored("a", TEXT, lie)
                .after(new byte[10])
                .bytes();
    }

    @Test
    void directoryOfTwoGigabytes_isRefusedBeforeItIsAllocated() {
        byte[] narrow = HandMadeZip.bundle()
                .end(end -> end.directoryBytes = Integer.MAX_VALUE - 9)
                .bytes();
        byte[] wide = HandMadeZip.bundle()
                .zip64()
                .end(end -> end.directoryBytes = Long.MAX_VALUE)
                .bytes();
        byte[] everywhere = HandMadeZip.bundle()
                .zip64()
                .end(end -> {
                    end.directoryBytes = Long.MAX_VALUE;
                    end.directoryOffset = Long.MAX_VALUE;
                })
                .bytes();
        byte[] crowded = HandMadeZip.bundle().end(end -> end.count = 60_000).bytes();

        long before = allocatedBytes();
        refused(narrow, "its directory lies outside the file");
        refused(wide, "its directory lies outside the file");
        refused(everywhere, "its directory lies outside the file");
        refused(crowded, "its directory lists 1 entries, its end says 60000");
        assertThat(allocatedBytes() - before).isLessThan(20 * MEGABYTE);
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    @Test
    void zipBomb_isRefusedByItsRatio() {
        byte[] bomb =
                HandMadeZip.bundle().deflated("bomb", new byte[100 * MEGABYTE]).bytes();

        refused(
                bomb,
                "its entries expand to more than 100 times its size (mainstay.intake.max.ratio); raise the limit");
    }

    @Test
    void zipBombThatClaimsToBeSmall_isRefusedWhileItGoesOff() {
        byte[] bomb = HandMadeZip.bundle()
                .deflated("bomb", new byte[50 * MEGABYTE], member -> member.sizeBytes = 10)
                .bytes();

        refused(bomb, "its entry bomb is damaged: it expands to more than the 10 bytes of the directory");
    }

    @Test
    void hugeManifest_isRefusedBeforeItIsHeld() {
        byte[] noise = noise(2 * MEGABYTE);
        byte[] honest = HandMadeZip.zip()
                .deflated("META-INF/MANIFEST.MF", new byte[60 * MEGABYTE])
                .stored("noise", noise)
                .bytes();
        byte[] lying = HandMadeZip.zip()
                .deflated("META-INF/MANIFEST.MF", new byte[60 * MEGABYTE], member -> member.sizeBytes = 100)
                .stored("noise", noise)
                .bytes();

        long before = allocatedBytes();
        refused(honest, "its entry META-INF/MANIFEST.MF has 62914560 bytes, the limit for this one is 33554432");
        refused(lying, "its entry META-INF/MANIFEST.MF is damaged: it expands to more than the 100 bytes");
        assertThat(allocatedBytes() - before).isLessThan(5 * MEGABYTE);
    }

    @Test
    void bombOfEntriesThatShareTheirBytes_isRefused() {
        HandMadeZip zip = HandMadeZip.zip().deflated("kernel", new byte[MEGABYTE]);
        for (int i = 0; i < 200; i++) {
            zip.deflated("copy" + i, new byte[MEGABYTE], member -> {
                member.packed = new byte[0];
                member.offset = 0;
            });
        }

        refused(zip.bytes(), "its entries expand to more than 100 times its size");
    }

    @Test
    void entriesAboveTheExpandedLimit_areRefused() {
        byte[] jar = HandMadeZip.bundle().stored("noise", noise(20_000)).bytes();
        BundleIntake intake = new BundleIntake(new IntakeLimits(MEGABYTE, 20_000, 100));

        assertThatThrownBy(() -> intake.check(source(jar)))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessage("Refused test.jar: its entries expand to more than 20000 bytes"
                        + " (mainstay.intake.max.expanded.bytes); raise the limit if you trust it");
    }

    @Test
    void smallFileOfOneLetter_isNoBomb() throws IOException {
        check(HandMadeZip.bundle().deflated("a", new byte[MEGABYTE / 2]).bytes());
    }

    /** An inflater may have eaten all input before it has given all output. */
    @Test
    void entryThatFillsWholeBuffers_isTaken() throws IOException {
        for (int more = 0; more < 600; more++) {
            check(HandMadeZip.bundle().deflated("a", new byte[(1 << 16) + more]).bytes());
        }
        for (int size = (1 << 17) - 3; size < (1 << 17) + 3; size++) {
            check(HandMadeZip.bundle()
                    .deflated("a", noise(size))
                    .stored("b", noise(size))
                    .bytes());
        }
    }

    @Test
    void jarBehindOtherBytes_isTaken() throws IOException {
        byte[] launcher = "#!/bin/sh\nexec java -jar $0\n".getBytes(StandardCharsets.UTF_8);

        check(HandMadeZip.bundle().deflated("a", TEXT).after(launcher).bytes());
        check(HandMadeZip.bundle().deflated("a", TEXT).zip64().after(launcher).bytes());
    }

    @Test
    void wideJar_isTaken() throws IOException {
        check(HandMadeZip.bundle().deflated("a", TEXT).stored("b", TEXT).zip64().bytes());
    }

    @Test
    void jarWithoutItsWideEnd_isRefused() {
        byte[] jar = HandMadeZip.bundle().zip64().bytes();
        jar[jar.length - 22 - 20 - 56] ^= 1;

        refused(jar, "its Zip64 end record is missing");
    }

    @Test
    void jarWithDescriptors_isTaken() throws IOException {
        check(HandMadeZip.bundle()
                .deflated("a", TEXT, member -> member.flags |= HandMadeZip.DESCRIPTOR)
                .stored("b", TEXT, member -> member.flags |= HandMadeZip.DESCRIPTOR)
                .bytes());
    }

    @Test
    void jarWithAComment_isTaken() throws IOException {
        check(HandMadeZip.bundle()
                .comment("PK\u0005\u0006 looks like an end, is none")
                .bytes());
    }

    @Test
    void noise_neverEscapesAsAnotherException() throws IOException {
        byte[] sound = HandMadeZip.bundle()
                .deflated("org/acme/A.class", noise(3_000))
                .stored("b.txt", TEXT)
                .deflated("c.txt", new byte[5_000])
                .bytes();
        byte[] wide = HandMadeZip.bundle().stored("b.txt", TEXT).zip64().bytes();
        Random random = new Random(42);
        long begin = System.nanoTime();
        long before = allocatedBytes();
        int accepted = 0;
        for (int round = 0; round < 3_000; round++) {
            accepted += survives(damage(round % 4 == 0 ? wide : sound, random), round) ? 1 : 0;
        }
        assertThat(accepted).isBetween(1, 1_500);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
        assertThat((allocatedBytes() - before) / 3_000).isLessThan(2 * MEGABYTE);
    }

    @Test
    void noiseInManifests_neverEscapesAsAnotherException() throws IOException {
        byte[] manifest = ("Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: org.acme.foo\n"
                        + "Bundle-Version: 1.2.3\nExport-Package: org.acme;version=1.0;mandatory:=x;x=y\n"
                        + "Import-Package: org.osgi.framework;version=\"[1.9,2)\"\n"
                        + "Require-Capability: osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=17))\"\n"
                        + "Provide-Capability: a;a:List<String>=\"b,c\";n:Long=5\nRequire-Bundle: b;resolution:=optional\n"
                        + "Bundle-NativeCode: lib.so;osname=Linux;processor=x86-64\n\nName: a/b\nX-Y: z\n")
                .getBytes(StandardCharsets.UTF_8);
        Random random = new Random(43);
        int accepted = 0;
        for (int round = 0; round < 3_000; round++) {
            byte[] damaged = damage(manifest, random);
            byte[] jar =
                    HandMadeZip.zip().stored("META-INF/MANIFEST.MF", damaged).bytes();
            accepted += survives(jar, round) ? 1 : 0;
        }
        assertThat(accepted).isBetween(100, 2_900);
    }

    private static boolean survives(byte[] jar, int round) throws IOException {
        try {
            CheckedBundle bundle = check(jar);
            assertThat(ResourceIndexer.resource(bundle.index()))
                    .as("round %d", round)
                    .isNotNull();
            return true;
        } catch (RefusedBundleException refusal) {
            assertThat(refusal).as("round %d", round).hasMessageStartingWith("Refused test.jar: ");
            return false;
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError("In round " + round + " something else escaped", e);
        }
    }

    private static byte[] damage(byte[] sound, Random random) {
        byte[] bytes = sound.clone();
        switch (random.nextInt(5)) {
            case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 1 -> bytes = without(bytes, random.nextInt(bytes.length), random.nextInt(40));
            case 2 -> {
                int[] numbers = {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0, random.nextInt()};
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(random.nextInt(bytes.length - 3), numbers[random.nextInt(numbers.length)]);
            }
            default -> {
                for (int flips = 1 + random.nextInt(6); flips > 0; flips--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return bytes;
    }

    private static byte[] without(byte[] bytes, int from, int count) {
        byte[] rest = Arrays.copyOf(bytes, Math.max(from, bytes.length - count));
        int tail = Math.max(0, bytes.length - from - count);
        System.arraycopy(bytes, bytes.length - tail, rest, from, tail);
        return rest;
    }

    private static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        return noise;
    }

    private static CheckedBundle check(byte[] jar) throws IOException {
        return new BundleIntake(IntakeLimits.DEFAULT).check(source(jar));
    }

    private static ContentSource source(byte[] jar) {
        return ContentSource.of("test.jar", jar);
    }

    private static void refused(byte[] jar, String finding) {
        assertThatThrownBy(() -> check(jar))
                .isInstanceOf(RefusedBundleException.class)
                .hasMessageStartingWith("Refused test.jar: ")
                .hasMessageContaining(finding);
    }
}
