package io.mainstay.deploy.maven;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.ArtifactType;
import org.eclipse.aether.artifact.ArtifactTypeRegistry;
import org.eclipse.aether.artifact.DefaultArtifact;

/**
 * Names one artifact of a Maven repository.
 *
 * @param groupId the group
 * @param artifactId the artifact
 * @param version a version, a range such as {@code [1.2,2)}, {@code LATEST} or {@code RELEASE}
 * @param type the type as in a POM, which may stand for a classifier too ({@code java-source}); empty for {@code jar}
 * @param classifier the classifier; empty for none
 */
public record MavenCoordinate(String groupId, String artifactId, String version, String type, String classifier) {
    private static final String GROUP = "(?<group>[A-Za-z0-9_][A-Za-z0-9_.-]*)";
    private static final String ARTIFACT = "(?<artifact>[A-Za-z0-9_][A-Za-z0-9_.-]*)";
    // A range may have spaces inside; nothing here may leave the artifact's folder
    private static final String VERSION = "(?<version>[A-Za-z0-9_\\[(][^\\\\/:\"<>|?*!]*(?<!\\s))";
    private static final String TYPE = "(?<type>[^\\\\/:\"<>|?*!\\s]*)";
    private static final String CLASSIFIER = "(?<classifier>[^\\\\/:\"<>|?*!\\s]*)";
    private static final Pattern SLASHES = Pattern.compile(
            "mvn:" + GROUP + "/" + ARTIFACT + "/" + VERSION + "(?:/" + TYPE + "(?:/" + CLASSIFIER + ")?)?");
    private static final Pattern COLONS = Pattern.compile(
            "(?:mvn:)?" + GROUP + ":" + ARTIFACT + "(?::" + TYPE + "(?::" + CLASSIFIER + ")?)?:" + VERSION);

    /**
     * Puts the default type in.
     *
     * @throws IllegalArgumentException if a part has characters that it cannot have
     */
    public MavenCoordinate {
        type = type.isEmpty() ? "jar" : type;
        String text = String.join(":", groupId, artifactId, type, classifier, version);
        if (!COLONS.matcher(text).matches()) {
            throw malformed(text);
        }
    }

    /**
     * Reads {@code mvn:GROUP/ARTIFACT/VERSION[/TYPE[/CLASSIFIER]]} or {@code
     * GROUP:ARTIFACT[:TYPE[:CLASSIFIER]]:VERSION}.
     *
     * @throws IllegalArgumentException if {@code text} is neither; the message shows both forms
     */
    public static MavenCoordinate parse(String text) {
        Matcher parts = match(text).orElseThrow(() -> malformed(text));
        return new MavenCoordinate(
                parts.group("group"),
                parts.group("artifact"),
                parts.group("version"),
                Optional.ofNullable(parts.group("type")).orElse(""),
                Optional.ofNullable(parts.group("classifier")).orElse(""));
    }

    /** {@return whether {@link #parse} can read {@code text}} */
    static boolean isCoordinate(String text) {
        return match(text).isPresent();
    }

    /** {@return the artifact, with the extension and classifier that its type stands for} */
    Artifact artifact(ArtifactTypeRegistry types) {
        ArtifactType known = types.get(type);
        if (known == null) {
            return new DefaultArtifact(groupId, artifactId, classifier, type, version);
        }
        return new DefaultArtifact(
                groupId,
                artifactId,
                classifier.isEmpty() ? known.getClassifier() : classifier,
                known.getExtension(),
                version,
                known);
    }

    /** {@return the coordinate with colons, its type always there} */
    @Override
    public String toString() {
        return groupId + ":" + artifactId + ":" + type + (classifier.isEmpty() ? "" : ":" + classifier) + ":" + version;
    }

    private static Optional<Matcher> match(String text) {
        return Stream.of(SLASHES, COLONS)
                .map(form -> form.matcher(text))
                .filter(Matcher::matches)
                .findFirst();
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("Not a Maven coordinate: '" + text
                + "'; write mvn:GROUP/ARTIFACT/VERSION[/TYPE[/CLASSIFIER]] or"
                + " GROUP:ARTIFACT[:TYPE[:CLASSIFIER]]:VERSION");
    }
}
