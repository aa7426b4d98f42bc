package io.mainstay.deploy.maven;

import eu.maveniverse.maven.mima.context.Context;
import eu.maveniverse.maven.mima.context.ContextOverrides;
import eu.maveniverse.maven.mima.runtime.standalonestatic.StandaloneStaticRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.maven.settings.building.SettingsProblem;
import org.apache.maven.settings.crypto.DefaultSettingsDecryptionRequest;
import org.apache.maven.settings.crypto.SettingsDecrypter;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.resolution.ArtifactDescriptorException;
import org.eclipse.aether.resolution.ArtifactDescriptorRequest;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.eclipse.aether.resolution.VersionRangeRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.resolution.VersionRangeResult;

/**
 * Fetches single artifacts, without their dependencies, as the user's own Maven would: same settings, same local
 * repository, same repositories in the same order. It differs in three things: a {@code MAVEN_HOME} that is a folder
 * goes before the {@code mvn} on {@code PATH}; an artifact once missing is asked for again each time; and besides the
 * settings only the definitions in {@code MAVEN_OPTS} are read, not {@code MAVEN_ARGS}, {@code .mavenrc} or {@code .mvn}.
 *
 * <p>Environment and settings are read once, when opened. Thread-safe, except that nothing may be asked once it is
 * closed.
 */
public final class MavenArtifacts implements AutoCloseable {
    private final Context context;
    private final RepositorySystem system;
    private final RepositorySystemSession session;
    private final SearchedRepositories searched;
    private final Set<String> warnings;

    private MavenArtifacts(Context context, MavenSettings settings, Set<String> warnings) {
        this.context = context;
        this.system = context.repositorySystem();
        this.session = context.repositorySystemSession();
        this.searched = new SearchedRepositories(
                system.newResolutionRepositories(
                        session,
                        settings.repositories(context.contextOverrides().getActiveProfileIds())),
                settings.localRepository(),
                session.isOffline());
        this.warnings = warnings;
    }

    /**
     * Opens the user's Maven configuration; the caller closes.
     *
     * @param offline whether to ask no remote repository; empty goes by the settings
     * @param progress hears of transfers
     * @throws IOException if the settings cannot be used; the message says why, in one line
     */
    public static MavenArtifacts open(Optional<Boolean> offline, TransferProgress progress) throws IOException {
        MavenOptions.Builder options = MavenOptions.builder();
        offline.ifPresent(options::offline);
        return open(options.build(), progress);
    }

    /**
     * Opens the user's Maven configuration; the caller closes.
     *
     * @param options what goes before the settings
     * @param progress hears of transfers
     * @throws IOException if the settings cannot be used; the message says why, in one line
     */
    public static MavenArtifacts open(MavenOptions options, TransferProgress progress) throws IOException {
        return open(options, MavenEnvironment.current(), progress);
    }

    static MavenArtifacts open(MavenOptions options, MavenEnvironment environment, TransferProgress progress)
            throws IOException {
        Optional<Path> mavenHome = MavenHome.find(environment);
        MavenSettings settings = MavenSettings.read(options, environment, mavenHome);
        // A set, since the resolver tells of a bad checksum at each of its tries
        Set<String> warnings = Collections.synchronizedSet(new LinkedHashSet<>(settings.problems()));
        ContextOverrides overrides = ContextOverrides.create()
                .withUserSettings(true)
                .withEffectiveSettings(settings.effective())
                .systemProperties(environment.references())
                .withMavenSystemHomeOverride(mavenHome.orElse(null))
                .withMavenUserHomeOverride(environment.userFolder())
                .withLocalRepositoryOverride(settings.localRepository())
                .withActiveProfileIds(options.profilesOn())
                .withInactiveProfileIds(options.profilesOff())
                .offline(options.offline().orElse(settings.effective().isOffline()))
                .snapshotUpdatePolicy(options.update() ? ContextOverrides.SnapshotUpdatePolicy.ALWAYS : null)
                .transferListener(new TransferRelay(progress, warnings::add))
                .build();
        try {
            Context context = new StandaloneStaticRuntime().create(overrides);
            try {
                warnings.addAll(undecrypted(context, settings));
                return new MavenArtifacts(context, settings, warnings);
            } catch (RuntimeException e) {
                context.close();
                throw e;
            }
        } catch (RuntimeException e) {
            throw new IOException(Causes.line("Cannot start Maven's resolver: " + Causes.message(Causes.root(e))), e);
        }
    }

    /** Tells apart what {@link #resolve} understands from paths and file names; looks at no file. */
    public static boolean isCoordinate(String text) {
        return MavenCoordinate.isCoordinate(text);
    }

    /**
     * Fetches an artifact, from the local repository if it is there, else from the remote ones in their order. Blocks
     * while it comes.
     *
     * @param coordinate {@code mvn:GROUP/ARTIFACT/VERSION[/TYPE[/CLASSIFIER]]} or {@code
     *     GROUP:ARTIFACT[:TYPE[:CLASSIFIER]]:VERSION}; a range as version takes the highest in it
     * @return the file in the local repository, which is not the caller's to change
     * @throws UnresolvedArtifactException if it is malformed, nowhere to be found, or cannot be fetched
     */
    public Path resolve(String coordinate) throws UnresolvedArtifactException {
        Artifact artifact = highest(coordinate, parse(coordinate));
        try {
            return file(artifact);
        } catch (ArtifactResolutionException e) {
            Optional<Artifact> relocated = relocation(artifact, e);
            if (relocated.isEmpty()) {
                throw new UnresolvedArtifactException(coordinate, searched.explain(artifact.toString(), e), e);
            }
            return relocatedFile(coordinate, artifact, relocated.get());
        }
    }

    /**
     * {@return what Maven would have warned of so far, one line each: bad checksums, also of files taken nevertheless,
     * and settings that cannot be used}
     */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** {@return the folder of the local repository} */
    public Path localRepository() {
        return searched.local();
    }

    /** {@return the remote repositories in the order they are asked, for people: {@code ID (URL)}} */
    public List<String> repositories() {
        return searched.remoteNames();
    }

    /** Lets go of the resolver's threads and connections; files stay. */
    @Override
    public void close() {
        context.close();
    }

    /** MIMA decrypts passwords too, but keeps its problems to itself. */
    private static List<String> undecrypted(Context context, MavenSettings settings) {
        return context.lookup().lookup(SettingsDecrypter.class).stream()
                .flatMap(decrypter ->
                        decrypter
                                .decrypt(new DefaultSettingsDecryptionRequest(settings.effective()))
                                .getProblems()
                                .stream())
                .map(SettingsProblem::getMessage)
                .map(Causes::line)
                .toList();
    }

    private Artifact parse(String coordinate) throws UnresolvedArtifactException {
        try {
            return MavenCoordinate.parse(coordinate).artifact(session.getArtifactTypeRegistry());
        } catch (IllegalArgumentException e) {
            throw new UnresolvedArtifactException(coordinate, e.getMessage(), e);
        }
    }

    private Path file(Artifact artifact) throws ArtifactResolutionException {
        return system.resolveArtifact(session, new ArtifactRequest(artifact, searched.remote(), null))
                .getArtifact()
                .getFile()
                .toPath();
    }

    /** Chooses a range's highest version. LATEST, RELEASE and snapshots are left to {@link #file}. */
    private Artifact highest(String coordinate, Artifact artifact) throws UnresolvedArtifactException {
        if (!artifact.getVersion().startsWith("[") && !artifact.getVersion().startsWith("(")) {
            return artifact;
        }
        VersionRangeResult range;
        try {
            range = system.resolveVersionRange(session, new VersionRangeRequest(artifact, searched.remote(), null));
        } catch (VersionRangeResolutionException e) {
            throw new UnresolvedArtifactException(
                    coordinate, "Cannot resolve " + artifact + ": " + Causes.message(Causes.root(e)), e);
        }
        if (range.getHighestVersion() == null) {
            UnresolvedArtifactException unresolved =
                    new UnresolvedArtifactException(coordinate, searched.explain(artifact, range), null);
            range.getExceptions().forEach(unresolved::addSuppressed);
            throw unresolved;
        }
        return artifact.setVersion(range.getHighestVersion().toString());
    }

    /** Looks into the POM for where an artifact has moved to; what {@code failure} says is what counts if it has not. */
    private Optional<Artifact> relocation(Artifact artifact, ArtifactResolutionException failure) {
        try {
            Artifact described = system.readArtifactDescriptor(
                            session, new ArtifactDescriptorRequest(artifact, searched.remote(), null))
                    .getArtifact();
            return sameProject(described, artifact) ? Optional.empty() : Optional.of(described);
        } catch (ArtifactDescriptorException e) {
            failure.addSuppressed(e);
            return Optional.empty();
        }
    }

    private static boolean sameProject(Artifact one, Artifact other) {
        return one.getGroupId().equals(other.getGroupId())
                && one.getArtifactId().equals(other.getArtifactId())
                && one.getBaseVersion().equals(other.getBaseVersion());
    }

    private Path relocatedFile(String coordinate, Artifact from, Artifact relocated)
            throws UnresolvedArtifactException {
        try {
            return file(relocated);
        } catch (ArtifactResolutionException e) {
            throw new UnresolvedArtifactException(
                    coordinate, searched.explain(relocated + " (relocated from " + from + ")", e), e);
        }
    }
}
