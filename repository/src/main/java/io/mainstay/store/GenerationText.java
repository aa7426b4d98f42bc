package io.mainstay.store;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.ConfiguratorJson;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Supplier;
import org.osgi.framework.Version;

/**
 * The canonical text of a generation. Equal generations give equal bytes, so that history is a hash chain and a
 * difference is a text difference.
 *
 * <pre>
 * mainstay-generation 1
 * number 42
 * parent 41 9f86d081…
 * author jane
 * instant 2026-11-23T10:00:00Z
 * message First line
 *  and the next, each behind one space
 *
 * framework-property org.osgi.framework.bootdelegation=sun.*
 *
 * bundle mainstay:org.acme.foo
 *  name org.acme.foo
 *  version 1.2.3
 *  content 2c26b46b…
 *  start-level 5
 *  autostart false
 *
 * configurations
 * {
 *   ":configurator:resource-version": 1,
 *   "org.acme.foo": {
 *     "port:Integer": 8080
 *   }
 * }
 * </pre>
 *
 * UTF-8, lines end with one line feed, properties sorted by name, bundles by location; autostart is there if it is false.
 * Line breaks and backslashes in a property's value are written {@code \n}, {@code \r} and {@code \\}. Configurations,
 * if there are any, are written as {@link ConfiguratorJson} does.
 */
public final class GenerationText {
    private static final String FIRST_LINE = "mainstay-generation 1";
    private static final String NOT_STARTED = " autostart false";
    private static final String CONFIGURATIONS = "configurations";

    private GenerationText() {}

    /** {@return the canonical bytes of {@code generation}} */
    public static byte[] write(Generation generation) {
        StringBuilder text = new StringBuilder();
        text.append(FIRST_LINE).append('\n');
        text.append("number ").append(generation.number()).append('\n');
        generation
                .parent()
                .ifPresent(parent -> text.append("parent ")
                        .append(parent.number())
                        .append(' ')
                        .append(parent.digest())
                        .append('\n'));
        text.append("author ").append(oneLine(generation.author())).append('\n');
        text.append("instant ").append(generation.instant()).append('\n');
        StringJoiner message = new StringJoiner("\n ", "message ", "\n");
        generation.message().lines().forEach(message::add);
        text.append(message);
        return (text + stateText(generation.state())).getBytes(StandardCharsets.UTF_8);
    }

    /** {@return the canonical bytes of a state alone: the part of {@link #write} below the message} */
    public static byte[] writeState(SystemState state) {
        return stateText(state).getBytes(StandardCharsets.UTF_8);
    }

    private static String stateText(SystemState state) {
        StringBuilder text = new StringBuilder("\n");
        state.frameworkProperties()
                .forEach((name, value) -> text.append("framework-property ")
                        .append(name)
                        .append('=')
                        .append(oneLine(value))
                        .append('\n'));
        for (GenerationEntry entry : state.entries()) {
            text.append('\n');
            text.append("bundle ").append(entry.location()).append('\n');
            text.append(" name ").append(entry.symbolicName()).append('\n');
            text.append(" version ").append(entry.version()).append('\n');
            text.append(" content ").append(entry.content()).append('\n');
            text.append(" start-level ").append(entry.startLevel()).append('\n');
            if (!entry.autostart()) {
                text.append(NOT_STARTED).append('\n');
            }
        }
        if (!state.configurations().isEmpty()) {
            text.append('\n').append(CONFIGURATIONS).append('\n');
            text.append(ConfiguratorJson.write(state.configurations().values()));
        }
        return text.toString();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if {@code bytes} are not the canonical form of any generation, naming the line
     */
    public static Generation read(byte[] bytes) {
        Generation generation = new Reader(new String(bytes, StandardCharsets.UTF_8)).generation();
        if (!Arrays.equals(write(generation), bytes)) {
            throw new IllegalArgumentException("Generation " + generation.number() + " is not in canonical form");
        }
        return generation;
    }

    /**
     * Reads what {@link #writeState} wrote.
     *
     * @throws IllegalArgumentException if {@code bytes} are no state, naming the line
     */
    public static SystemState readState(byte[] bytes) {
        Reader reader = new Reader(new String(bytes, StandardCharsets.UTF_8));
        return reader.read(reader::state);
    }

    private static String oneLine(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String manyLines(String value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '\\' || i + 1 == value.length()) {
                text.append(c);
                continue;
            }
            char escaped = value.charAt(++i);
            text.append(escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped);
        }
        return text.toString();
    }

    /** Reads line by line; every refusal names the line that was read last. */
    private static final class Reader {
        private final Deque<String> lines;
        private final int total;

        Reader(String text) {
            lines = new ArrayDeque<>(List.of(text.split("\n", -1)));
            total = lines.size();
        }

        Generation generation() {
            return read(this::parse);
        }

        <T> T read(Supplier<T> part) {
            try {
                return part.get();
            } catch (IllegalArgumentException | DateTimeException e) {
                int line = total - lines.size();
                throw new IllegalArgumentException("Generation text, line " + line + ": " + e.getMessage(), e);
            }
        }

        private Generation parse() {
            require(FIRST_LINE);
            long number = Long.parseLong(value("number"));
            Optional<Generation.Parent> parent =
                    lines.peek() != null && lines.peek().startsWith("parent ")
                            ? Optional.of(parent(value("parent")))
                            : Optional.empty();
            String author = manyLines(value("author"));
            Instant instant = Instant.parse(value("instant"));
            StringBuilder message = new StringBuilder(value("message"));
            while (lines.peek() != null && lines.peek().startsWith(" ")) {
                message.append('\n').append(lines.remove().substring(1));
            }
            return new Generation(number, parent, author, message.toString(), instant, state());
        }

        private static Generation.Parent parent(String text) {
            String[] words = halves(text, " ");
            return new Generation.Parent(Long.parseLong(words[0]), new Digest(words[1]));
        }

        private static String[] halves(String text, String separator) {
            String[] halves = text.split(separator, 2);
            if (halves.length < 2) {
                throw new IllegalArgumentException("expected a '" + separator + "' in '" + text + "'");
            }
            return halves;
        }

        private SystemState state() {
            require("");
            Map<String, String> properties = new HashMap<>();
            while (lines.peek() != null && lines.peek().startsWith("framework-property ")) {
                String[] pair = halves(value("framework-property"), "=");
                properties.put(SystemState.requireName(pair[0]), manyLines(pair[1]));
            }
            List<GenerationEntry> entries = new ArrayList<>();
            List<Configuration> configurations = List.of();
            while (lines.size() > 1) {
                require("");
                if (CONFIGURATIONS.equals(lines.peek())) {
                    configurations = configurations();
                    break;
                }
                entries.add(new GenerationEntry(
                        value("bundle"),
                        value(" name"),
                        new Version(value(" version")),
                        new Digest(value(" content")),
                        Integer.parseInt(value(" start-level")),
                        !skip(NOT_STARTED)));
            }
            return SystemState.of(entries, properties, configurations);
        }

        /** All that follows. */
        private List<Configuration> configurations() {
            require(CONFIGURATIONS);
            String json = String.join("\n", lines);
            lines.clear();
            return ConfiguratorJson.read("the part behind '" + CONFIGURATIONS + "'", json);
        }

        private void require(String expected) {
            String line = lines.poll();
            if (!expected.equals(line)) {
                throw refusal("'" + expected + "'", line);
            }
        }

        private boolean skip(String line) {
            boolean there = line.equals(lines.peek());
            if (there) {
                lines.remove();
            }
            return there;
        }

        private String value(String key) {
            String line = lines.poll();
            if (line == null || !line.startsWith(key + " ")) {
                throw refusal("'" + key + " …'", line);
            }
            return line.substring(key.length() + 1);
        }

        private IllegalArgumentException refusal(String expected, String found) {
            return new IllegalArgumentException(
                    "expected " + expected + ", found " + (found == null ? "the end" : "'" + found + "'"));
        }
    }
}
