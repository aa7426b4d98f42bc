package io.mainstay.verbs;

import io.mainstay.intake.RefusedBundleException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** Reads what a user has written. What is not as it should be is refused, with the name of the file. */
public final class TextFile {
    private TextFile() {}

    /**
     * {@return the text of a file}
     *
     * @throws RefusedBundleException if it is no text in UTF-8
     */
    static String read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new RefusedBundleException(file.toString(), "it is a folder, where a text file is expected");
        }
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new RefusedBundleException(file.toString(), "it is not written in UTF-8", e);
        }
    }

    /**
     * {@return the properties in a file}
     *
     * @throws IOException if it cannot be read
     * @throws RefusedBundleException if it is no {@code .properties} file in UTF-8
     */
    public static Map<String, String> properties(Path file) throws IOException {
        Properties read = new Properties();
        try {
            read.load(new StringReader(read(file)));
        } catch (IllegalArgumentException e) {
            throw new RefusedBundleException(file.toString(), "it is no .properties file: " + e.getMessage(), e);
        }
        Map<String, String> properties = new TreeMap<>();
        read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
        return properties;
    }
}
