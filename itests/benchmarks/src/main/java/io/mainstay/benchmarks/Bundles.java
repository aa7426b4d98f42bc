package io.mainstay.benchmarks;

import io.mainstay.store.Content;
import io.mainstay.store.GenerationEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Bundles that are made to be measured on. */
final class Bundles {
    private static final int METHODS = 12;
    private static final int STATEMENTS = 20;

    private Bundles() {}

    static byte[] provider(int version) throws IOException {
        return jar(
                headers(
                        "benchmark.provider",
                        "1.0." + version,
                        io.mainstay.benchmarks.provider.Activator.class,
                        "org.osgi.framework"),
                classes(io.mainstay.benchmarks.provider.Activator.class, "Activator", "Activator$Versioned"),
                Map.of("version.txt", String.valueOf(version).getBytes(StandardCharsets.US_ASCII)));
    }

    static byte[] client() throws IOException {
        return jar(
                headers(
                        "benchmark.client",
                        "1.0.0",
                        io.mainstay.benchmarks.client.Activator.class,
                        "org.osgi.framework,org.osgi.util.tracker"),
                classes(io.mainstay.benchmarks.client.Activator.class, "Activator"),
                Map.of());
    }

    /** {@return a bundle with so many classes, each of some 2 KB} */
    static byte[] ofClasses(int count) throws IOException {
        Map<String, byte[]> classes = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            classes.put("many/C" + i + ".class", code(i));
        }
        return jar(headers("benchmark.many", "1.0.0", null, ""), classes, Map.of());
    }

    /** {@return a bundle without code, of next to nothing} */
    static byte[] small(int number, int version) throws IOException {
        return jar(headers("benchmark.small" + number, "1.0." + version, null, ""), Map.of(), Map.of());
    }

    /** {@return a bundle of so many megabytes that cannot be compressed} */
    static byte[] large(int megabytes) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        Random random = new Random(megabytes);
        for (int i = 0; i < megabytes; i++) {
            byte[] bytes = new byte[1 << 20];
            random.nextBytes(bytes);
            files.put("data/" + i, bytes);
        }
        return jar(headers("benchmark.large" + megabytes, "1.0.0", null, ""), Map.of(), files);
    }

    /** {@return what a generation says of a bundle} */
    static GenerationEntry entry(Content content) {
        return new GenerationEntry(
                "mainstay:" + content.symbolicName(), content.symbolicName(), content.version(), content.digest(), 1);
    }

    static Path write(Path file, byte[] bytes) throws IOException {
        return Files.write(file, bytes);
    }

    private static Attributes headers(String name, String version, Class<?> activator, String imports) {
        Attributes headers = new Attributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", name);
        headers.putValue("Bundle-Version", version);
        if (activator != null) {
            headers.putValue("Bundle-Activator", activator.getName());
        }
        if (!imports.isEmpty()) {
            headers.putValue("Import-Package", imports);
        }
        return headers;
    }

    private static Map<String, byte[]> classes(Class<?> beside, String... names) throws IOException {
        Map<String, byte[]> classes = new TreeMap<>();
        for (String name : names) {
            try (InputStream in = beside.getResourceAsStream(name + ".class")) {
                classes.put(beside.getPackageName().replace('.', '/') + "/" + name + ".class", in.readAllBytes());
            }
        }
        return classes;
    }

    private static byte[] jar(Attributes headers, Map<String, byte[]> classes, Map<String, byte[]> files)
            throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().putAll(headers);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
            for (Map.Entry<String, byte[]> one : classes.entrySet()) {
                out.putNextEntry(new JarEntry(one.getKey()));
                out.write(one.getValue());
            }
            for (Map.Entry<String, byte[]> one : files.entrySet()) {
                JarEntry entry = new JarEntry(one.getKey());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(one.getValue().length);
                CRC32 sum = new CRC32();
                sum.update(one.getValue());
                entry.setCrc(sum.getValue());
                out.putNextEntry(entry);
                out.write(one.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] code(int number) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(Opcodes.V17, Opcodes.ACC_PUBLIC, "many/C" + number, null, "java/lang/Object", null);
        for (int i = 0; i < METHODS; i++) {
            MethodVisitor method =
                    writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, "method" + i, "(II)I", null, null);
            for (int j = 0; j < STATEMENTS; j++) {
                method.visitVarInsn(Opcodes.ILOAD, 0);
                method.visitLdcInsn(number * 31 + i * 7 + j);
                method.visitInsn(Opcodes.IADD);
                method.visitVarInsn(Opcodes.ISTORE, 0);
            }
            method.visitVarInsn(Opcodes.ILOAD, 0);
            method.visitInsn(Opcodes.IRETURN);
            method.visitMaxs(0, 0);
            method.visitEnd();
        }
        return writer.toByteArray();
    }
}
