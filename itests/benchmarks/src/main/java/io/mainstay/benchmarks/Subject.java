package io.mainstay.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A main class of ours in a fresh Java that measures itself, and prints lines of a word and a number. */
final class Subject {
    private Subject() {}

    /** {@return what it has printed: for each word its numbers, in order} */
    static Map<String, List<Double>> run(Path folder, Class<?> main, List<String> options, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(ServerProcess.java()));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(folder.resolve("subject.log").toFile())
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(main.getSimpleName() + " " + arguments + " failed, see "
                    + folder.resolve("subject.log") + ":\n" + text);
        }
        Map<String, List<Double>> told = new LinkedHashMap<>();
        for (String line : text.lines().toList()) {
            int blank = line.lastIndexOf(' ');
            told.computeIfAbsent(line.substring(0, blank), key -> new ArrayList<>())
                    .add(Double.parseDouble(line.substring(blank + 1)));
        }
        return told;
    }
}
