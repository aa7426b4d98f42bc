package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.store.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Random;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bundle that is larger than the memory. */
class LargeBundleIT {
    private static final int MEGABYTES = 200;

    @Test
    void bundleLargerThanTheMemory_goesInAndOut(@TempDir Path folder) throws Exception {
        Path jar = folder.resolve("large.jar");
        Digest digest = write(jar);
        Tool tool = new Tool(folder).with("-Xmx128m");

        Tool.Result deployed = tool.done("deploy", jar.toString(), "-m", "Large");
        assertThat(deployed.out()).contains("1 added").contains(digest.brief());
        assertThat(deployed.err()).isEmpty();
        Files.delete(jar);

        Path out = folder.resolve("out");
        assertThat(tool.done("export", out.toString()).err()).isEmpty();
        assertThat(digest(out.resolve("jars").resolve("large-1.0.0-" + digest.brief() + ".jar")))
                .isEqualTo(digest);
    }

    private static Digest write(Path jar) throws IOException {
        MessageDigest digest = Digest.algorithm();
        Random random = new Random(7);
        byte[] megabyte = new byte[1 << 20];
        try (JarOutputStream out =
                new JarOutputStream(new DigestOutputStream(Files.newOutputStream(jar), digest), manifest())) {
            out.setLevel(Deflater.NO_COMPRESSION);
            out.putNextEntry(new ZipEntry("noise"));
            for (int i = 0; i < MEGABYTES; i++) {
                random.nextBytes(megabyte);
                out.write(megabyte);
            }
            out.closeEntry();
        }
        return Digest.finish(digest.digest());
    }

    private static Manifest manifest() {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
        manifest.getMainAttributes().putValue("Bundle-SymbolicName", "large");
        manifest.getMainAttributes().putValue("Bundle-Version", "1.0.0");
        return manifest;
    }

    private static Digest digest(Path file) throws IOException {
        MessageDigest digest = Digest.algorithm();
        try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            Files.copy(file, out);
        }
        return Digest.finish(digest.digest());
    }
}
