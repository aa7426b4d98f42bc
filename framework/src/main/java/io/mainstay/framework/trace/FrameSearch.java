package io.mainstay.framework.trace;

import io.mainstay.framework.content.BundleClasses;
import io.mainstay.framework.content.StoredJars;
import io.mainstay.framework.retention.DefinedCode;
import io.mainstay.intake.CodeKeys;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.Store;
import io.mainstay.store.StoreUnreachableException;
import io.mainstay.zip.PackedJar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the origins of the frames of one backtrace. What it finds out on the way is kept, because frames repeat. Not
 * thread-safe.
 *
 * <p>Candidates are the jars of class loaders that have defined the class, and what the store has of that package. The best
 * fit wins; where they fit alike, what is defined wins over what is only stored, and this channel over others.
 */
final class FrameSearch {
    private static final Logger LOG = LoggerFactory.getLogger(FrameSearch.class);

    /** The same code may have been stored any number of times, in bundles that differ elsewhere. */
    private static final int MOST = 3;

    /** So many bundles are looked into, the youngest first. */
    private static final int LOOKED_INTO = 300;

    private final Store store;
    private final String channel;
    private final Optional<DefinedCode> defined;
    private final boolean definedOnly;
    private final StoredJars jars;
    private final Ancestry ancestry;
    private final Map<Question, List<Origin>> known = new HashMap<>();
    private final Map<String, List<Digest>> byPackage = new HashMap<>();
    private final Map<Digest, Optional<Candidate>> candidates = new HashMap<>();

    private record Question(Frame frame, Above above) {}

    /** A bundle that may have the class. */
    private record Candidate(Content content, BundleClasses classes) {}

    /** A bundle that has it, and how well the frame fits. */
    private record Match(Content content, byte[] bytes, ClassLines lines, boolean defined) {}

    FrameSearch(Store store, String channel, Optional<DefinedCode> defined, boolean definedOnly) {
        this.store = store;
        this.channel = channel;
        this.defined = defined;
        this.definedOnly = definedOnly;
        this.jars = new StoredJars(Optional.of(store.contents()));
        this.ancestry = new Ancestry(store, channel, jars);
    }

    List<Origin> origins(Frame frame, Above above) {
        if (frame.isOfJava()) {
            return List.of();
        }
        Question question = new Question(frame, above);
        List<Origin> found = known.get(question);
        if (found == null) {
            found = find(frame, above);
            known.put(question, found);
        }
        return found;
    }

    private List<Origin> find(Frame frame, Above above) {
        List<Match> matches = new ArrayList<>();
        defined.map(code -> code.jars(frame.className()))
                .orElse(List.of())
                .forEach(jar -> match(candidate(jar), frame, above, true).ifPresent(matches::add));
        if (definedOnly && matches.isEmpty()) {
            return List.of();
        }
        for (Digest digest : stored(frame)) {
            if (matches.stream().noneMatch(match -> match.content().digest().equals(digest))) {
                candidate(digest)
                        .flatMap(candidate -> match(candidate, frame, above, false))
                        .ifPresent(matches::add);
            }
        }
        return best(matches, frame);
    }

    private List<Origin> best(List<Match> matches, Frame frame) {
        int fit = matches.stream().mapToInt(match -> match.lines().fit()).max().orElse(ClassLines.NONE);
        boolean running = matches.stream().anyMatch(match -> match.lines().fit() == fit && match.defined());
        Map<Digest, Origin> byCode = new LinkedHashMap<>();
        for (Match match : matches) {
            Digest code = Digest.of(match.bytes());
            if (match.lines().fit() == fit
                    && match.defined() == running
                    && byCode.size() < MOST
                    && !byCode.containsKey(code)) {
                origin(match, frame).ifPresent(origin -> byCode.put(code, origin));
            }
        }
        List<Origin> origins = List.copyOf(byCode.values());
        List<Origin> placed =
                origins.stream().filter(origin -> origin.last() > 0).toList();
        List<Origin> here = placed.stream()
                .filter(origin -> origin.channel().equals(channel))
                .toList();
        return !here.isEmpty() ? here : placed.isEmpty() ? origins : placed;
    }

    /** What gc has dropped, is damaged, or made to confuse, tells nothing; a store that is away is another matter. */
    private Optional<Origin> origin(Match match, Frame frame) {
        try {
            return Optional.of(ancestry.origin(match.content(), match.lines().sourcePath(), frame.line()));
        } catch (StoreUnreachableException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.debug("{} tells nothing of its source", match.content().label(), e);
            return Optional.empty();
        }
    }

    private Optional<Match> match(Candidate candidate, Frame frame, Above above, boolean isDefined) {
        try {
            return candidate
                    .classes()
                    .find(frame.className())
                    .map(bytes -> new Match(candidate.content(), bytes, ClassLines.of(bytes, frame, above), isDefined))
                    .filter(match -> match.lines().fit() > ClassLines.NONE);
        } catch (RuntimeException e) {
            LOG.debug("{} has a class that cannot be read", candidate.content().label(), e);
            return Optional.empty();
        }
    }

    private List<Digest> stored(Frame frame) {
        String name = frame.className();
        String packageName = name.substring(0, Math.max(0, name.lastIndexOf('.')));
        return byPackage.computeIfAbsent(
                packageName,
                wanted -> ancestry.youngestFirst(store.contents().providers(CodeKeys.having(wanted))).stream()
                        .limit(LOOKED_INTO)
                        .toList());
    }

    private Optional<Candidate> candidate(Digest digest) {
        Optional<Candidate> candidate = candidates.get(digest);
        if (candidate == null) {
            candidate = read(digest);
            candidates.put(digest, candidate);
        }
        return candidate;
    }

    private Optional<Candidate> read(Digest digest) {
        try {
            return store.contents()
                    .find(digest)
                    .map(content -> new Candidate(content, new BundleClasses(jars.of(digest), content.headers())));
        } catch (StoreUnreachableException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.debug("Content {} cannot be read", digest, e);
            return Optional.empty();
        }
    }

    /** What runs is in memory, whatever the store has kept of it. */
    private Candidate candidate(PackedJar jar) {
        return candidates
                .computeIfAbsent(jar.digest(), digest -> {
                    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
                    jar.find("META-INF/MANIFEST.MF").ifPresent(member -> {
                        try {
                            new Manifest(new ByteArrayInputStream(jar.expand(member)))
                                    .getMainAttributes()
                                    .forEach((name, value) -> headers.put(name.toString(), value.toString()));
                        } catch (IOException e) {
                            LOG.debug("The manifest of {} cannot be read", digest, e);
                        }
                    });
                    String name = headers.getOrDefault(Constants.BUNDLE_SYMBOLICNAME, "")
                            .split(";", 2)[0]
                            .strip();
                    Version version = Version.parseVersion(headers.getOrDefault(Constants.BUNDLE_VERSION, "0"));
                    return Optional.of(new Candidate(
                            new Content(digest, 0, name, version, headers), new BundleClasses(jar, headers)));
                })
                .orElseThrow();
    }

    Optional<TraceReader.Source> source(Generation generation, String className) {
        Frame frame = new Frame(className, "", 0);
        List<Digest> having = stored(frame);
        for (GenerationEntry entry : generation.state().entries()) {
            if (having.contains(entry.content())) {
                Optional<TraceReader.Source> source = candidate(entry.content())
                        .flatMap(candidate -> candidate.classes().find(className))
                        .flatMap(bytes ->
                                ClassLines.of(bytes, frame, Above.NOTHING).sourcePath())
                        .flatMap(path -> ancestry.source(entry.content(), path)
                                .map(text -> new TraceReader.Source(entry, path, text)));
                if (source.isPresent()) {
                    return source;
                }
            }
        }
        return Optional.empty();
    }

    List<String> line(TraceReader.Source source, int line) {
        Set<Digest> wanted = Set.of(source.entry().content());
        Content content = store.contents().find(wanted).get(source.entry().content());
        Origin origin = ancestry.origin(content, Optional.of(source.path()), line);
        return origin.source().isEmpty() ? List.of() : origin.lines();
    }
}
