package io.mainstay.source;

import io.mainstay.zip.PackedJar;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Finds the classes of a package in a jar. */
public final class ClassesOf {
    private ClassesOf() {}

    /**
     * {@return the class files of a package, by the classes' names without it}
     *
     * @param root the folder of the jar that packages begin at: empty, or ending in a slash
     */
    public static Map<String, Supplier<byte[]>> jar(PackedJar jar, String root, String packageName) {
        String folder = root + (packageName.isEmpty() ? "" : packageName.replace('.', '/') + "/");
        Map<String, Supplier<byte[]>> classes = new TreeMap<>();
        for (String name : jar.names()) {
            if (name.startsWith(folder) && name.endsWith(".class") && name.indexOf('/', folder.length()) < 0) {
                classes.put(
                        name.substring(folder.length(), name.length() - ".class".length()),
                        () -> jar.expand(jar.find(name).orElseThrow()));
            }
        }
        return classes;
    }
}
