package io.mainstay.verbs;

import io.mainstay.framework.workshop.Checkout;
import io.mainstay.source.ClassPath;
import io.mainstay.source.Project;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Describes source of the store to IDEs, as Maven projects. What a bundle is compiled against lies beside it, in jars that
 * have the packages which it sees, and no others: it may be in no repository.
 */
final class Maven {
    private static final String HEAD = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- Written by `mainstay pull`, again and again; what is changed here gets lost. -->
            <project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
              xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 http://maven.apache.org/xsd/maven-4.0.0.xsd">
              <modelVersion>4.0.0</modelVersion>
            """;

    private Maven() {}

    /** Writes the project above those of bundles. */
    static void describe(Path folder, Collection<String> bundles) throws IOException {
        StringBuilder pom = new StringBuilder(HEAD)
                .append("  <groupId>mainstay.pulled</groupId>\n  <artifactId>all</artifactId>\n")
                .append("  <version>0</version>\n  <packaging>pom</packaging>\n  <modules>\n");
        bundles.forEach(name -> pom.append("    <module>").append(xml(name)).append("</module>\n"));
        Files.writeString(
                folder.resolve("pom.xml"),
                pom.append("  </modules>\n</project>\n").toString());
    }

    /** Writes the project of one bundle, and the jars that it is compiled against. */
    static void describe(Path folder, Checkout checkout, int release, ClassPath classPath) throws IOException {
        String name = checkout.entry().symbolicName();
        Path home = Files.createDirectories(folder.resolve(name));
        Path libraries = Files.createDirectories(
                folder.resolve(WorkingFolder.OWN).resolve("lib").resolve(name));
        List<String> jars = new ArrayList<>();
        for (ClassPath.Provider provider : classPath.providers()) {
            String jar = provider.name() + "-" + provider.version() + ".jar";
            Files.write(libraries.resolve(jar), jar(provider));
            jars.add(".mainstay/lib/" + name + "/" + jar);
        }
        checkout.project().below(Project.LIBRARIES).keySet().forEach(path -> jars.add(name + "/" + path));
        StringBuilder pom = new StringBuilder(HEAD)
                .append("  <groupId>mainstay.pulled</groupId>\n  <artifactId>")
                .append(xml(name))
                .append("</artifactId>\n  <version>0</version>\n  <properties>\n    <maven.compiler.release>")
                .append(release)
                .append(
                        "</maven.compiler.release>\n    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>\n")
                .append("  </properties>\n  <dependencies>\n");
        int number = 0;
        for (String jar : jars) {
            pom.append("    <dependency>\n      <groupId>mainstay.pulled.lib</groupId>\n      <artifactId>lib")
                    .append(number++)
                    .append(
                            "</artifactId>\n      <version>0</version>\n      <scope>system</scope>\n      <systemPath>${project.basedir}/../")
                    .append(xml(jar))
                    .append("</systemPath>\n    </dependency>\n");
        }
        Files.writeString(
                home.resolve("pom.xml"),
                pom.append("  </dependencies>\n</project>\n").toString());
    }

    private static byte[] jar(ClassPath.Provider provider) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String packageName : provider.packages().keySet()) {
                for (Map.Entry<String, Supplier<byte[]>> type :
                        provider.classes().of(packageName).entrySet()) {
                    zip.putNextEntry(new ZipEntry(packageName.replace('.', '/') + "/" + type.getKey() + ".class"));
                    zip.write(type.getValue().get());
                    zip.closeEntry();
                }
            }
        }
        return bytes.toByteArray();
    }

    private static String xml(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
