package io.mainstay.framework.trace;

import io.mainstay.store.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.Version;

/**
 * Where the code of a frame is from.
 *
 * @param bundle the bundle's symbolic name
 * @param version the bundle's version
 * @param content the digest of the bundle
 * @param channel the channel of these generations
 * @param first the generation that brought this content; 0 if that is not known
 * @param last the youngest generation that has it; 0 if it is in none that is known
 * @param live whether the head of the channel has it
 * @param path the source file, below the folder of sources; empty if the bundle does not say
 * @param source the line and its neighbours; empty if there is no source
 * @param change which generation last changed the line; empty if that is not known
 */
public record Origin(
        String bundle,
        Version version,
        Digest content,
        String channel,
        long first,
        long last,
        boolean live,
        Optional<String> path,
        List<SourceLine> source,
        Optional<Change> change) {

    /** Copies. */
    public Origin {
        source = List.copyOf(source);
    }

    /**
     * A line of source.
     *
     * @param number the line, from 1
     * @param text its text
     * @param meant whether it is the one that the frame is at
     */
    public record SourceLine(int number, String text, boolean meant) {}

    /**
     * Who has changed a line.
     *
     * @param generation the generation's number
     * @param author who made it
     * @param message why
     */
    public record Change(long generation, String author, String message) {}

    /** {@return this in words, a line each, without indentation} */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(bundle + " " + version + generations()
                + change.map(one -> "; line of generation " + one.generation() + " by " + one.author() + ": "
                                + one.message().lines().findFirst().orElse(""))
                        .orElse(""));
        int width = source.stream()
                .mapToInt(line -> String.valueOf(line.number()).length())
                .max()
                .orElse(0);
        source.forEach(line -> lines.add(
                String.format("%s %" + width + "d | %s", line.meant() ? ">" : " ", line.number(), line.text())));
        return lines;
    }

    private String generations() {
        if (last == 0) {
            return ", of no generation that is known";
        }
        String range = first == 0
                ? ", up to generation " + last
                : first == last ? ", generation " + first : ", generations " + first + " to " + last;
        return range + (channel.equals("main") ? "" : " of channel " + channel) + (live ? ", live" : ", replaced");
    }
}
