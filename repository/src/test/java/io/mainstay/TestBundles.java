package io.mainstay;

import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.store.ContentSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes bundles in memory. */
public final class TestBundles {
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    private TestBundles() {}

    /** Begins a bundle. */
    public static TestBundles bundle(String symbolicName, String version) {
        return jar().header("Bundle-ManifestVersion", "2")
                .header("Bundle-SymbolicName", symbolicName)
                .header("Bundle-Version", version);
    }

    /** Begins a jar without headers. */
    public static TestBundles jar() {
        return new TestBundles();
    }

    /** Sets a header; null takes it out. */
    public TestBundles header(String name, String value) {
        if (value == null) {
            headers.remove(name);
        } else {
            headers.put(name, value);
        }
        return this;
    }

    /** Adds an entry. */
    public TestBundles entry(String name, String text) {
        return entry(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds an entry. */
    public TestBundles entry(String name, byte[] bytes) {
        entries.put(name, bytes);
        return this;
    }

    /** {@return the jar's bytes} */
    public byte[] bytes() {
        StringBuilder manifest = new StringBuilder("Manifest-Version: 1.0\r\n");
        headers.forEach((name, value) -> manifest.append(fold(name + ": " + value)));
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
                write(zip, "META-INF/MANIFEST.MF", manifest.toString().getBytes(StandardCharsets.UTF_8));
                for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                    write(zip, entry.getKey(), entry.getValue());
                }
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the jar as something to take in} */
    public ContentSource source() {
        return ContentSource.of(headers.getOrDefault("Bundle-SymbolicName", "test") + ".jar", bytes());
    }

    /** {@return the bundle, checked} */
    public CheckedBundle checked() {
        try {
            return new BundleIntake(IntakeLimits.DEFAULT).check(source());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(1_700_000_000_000L);
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    private static String fold(String line) {
        StringBuilder folded = new StringBuilder();
        String rest = line;
        while (rest.length() > 70) {
            folded.append(rest, 0, 70).append("\r\n ");
            rest = rest.substring(70);
        }
        return folded.append(rest).append("\r\n").toString();
    }
}
