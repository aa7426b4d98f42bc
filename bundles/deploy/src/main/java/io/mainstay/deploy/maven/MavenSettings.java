package io.mainstay.deploy.maven;

import eu.maveniverse.maven.mima.context.ContextOverrides;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.maven.settings.Profile;
import org.apache.maven.settings.Repository;
import org.apache.maven.settings.Settings;
import org.apache.maven.settings.building.DefaultSettingsBuilderFactory;
import org.apache.maven.settings.building.DefaultSettingsBuildingRequest;
import org.apache.maven.settings.building.SettingsBuildingException;
import org.apache.maven.settings.building.SettingsBuildingResult;
import org.apache.maven.settings.building.SettingsProblem;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.repository.RepositoryPolicy;

/**
 * The user's settings merged with those of the Maven installation. MIMA could read them too, but takes inactive
 * proxies, forgets {@code offline}, and drops the policies of repositories.
 */
final class MavenSettings {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]+)}");

    private final Settings settings;
    private final Path localRepository;
    private final List<String> problems;

    private MavenSettings(Settings settings, Path localRepository, List<String> problems) {
        this.settings = settings;
        this.localRepository = localRepository;
        this.problems = problems;
    }

    /**
     * Reads both files and merges them; one that is not there says nothing, unless the options name it.
     *
     * @throws IOException if a file named by the options is not there, or one is not sound
     */
    static MavenSettings read(MavenOptions options, MavenEnvironment environment, Optional<Path> mavenHome)
            throws IOException {
        Optional<Path> user = existing(options.userSettings())
                .or(() -> Optional.of(environment.userFolder().resolve("settings.xml")));
        Optional<Path> global = existing(options.globalSettings())
                .or(() -> mavenHome.map(home -> home.resolve("conf").resolve("settings.xml")));
        Properties references = new Properties();
        references.putAll(environment.references());
        DefaultSettingsBuildingRequest request = new DefaultSettingsBuildingRequest();
        request.setSystemProperties(references);
        user.map(Path::toFile).ifPresent(request::setUserSettingsFile);
        global.map(Path::toFile).ifPresent(request::setGlobalSettingsFile);
        try {
            SettingsBuildingResult result =
                    new DefaultSettingsBuilderFactory().newInstance().build(request);
            Settings settings = result.getEffectiveSettings();
            settings.getProxies().removeIf(proxy -> !proxy.isActive());
            return new MavenSettings(
                    settings,
                    localRepository(options, environment, settings),
                    result.getProblems().stream().map(MavenSettings::describe).toList());
        } catch (SettingsBuildingException e) {
            throw new IOException(
                    "Cannot read Maven's settings: " + describe(e.getProblems().get(0)), e);
        } catch (InvalidPathException e) {
            throw new IOException(Causes.line("Cannot use Maven's local repository: " + Causes.message(e)), e);
        }
    }

    /** {@return the settings themselves, as the resolver takes them; not to be changed} */
    Settings effective() {
        return settings;
    }

    /** {@return the folder of the local repository, which need not be there yet} */
    Path localRepository() {
        return localRepository;
    }

    /** {@return what is doubtful in the settings, for people} */
    List<String> problems() {
        return problems;
    }

    /**
     * Lists repositories as for a build without a POM: those of the active profiles, the last profile's first, then
     * Central, unless a profile has defined it anew.
     */
    List<RemoteRepository> repositories(List<String> activeProfileIds) {
        List<Profile> active = new ArrayList<>(settings.getProfiles().stream()
                .filter(profile -> activeProfileIds.contains(profile.getId()))
                .toList());
        Map<String, String> properties = new HashMap<>();
        for (Profile profile : active) {
            for (String name : profile.getProperties().stringPropertyNames()) {
                properties.put(name, profile.getProperties().getProperty(name));
            }
        }
        Collections.reverse(active);
        Map<String, RemoteRepository> repositories = new LinkedHashMap<>();
        for (Profile profile : active) {
            for (Repository repository : profile.getRepositories()) {
                repositories.putIfAbsent(repository.getId(), remote(repository, properties));
            }
        }
        RemoteRepository central = central();
        repositories.putIfAbsent(central.getId(), central);
        return List.copyOf(repositories.values());
    }

    private static RemoteRepository remote(Repository repository, Map<String, String> properties) {
        String url = REFERENCE
                .matcher(repository.getUrl())
                .replaceAll(reference ->
                        Matcher.quoteReplacement(properties.getOrDefault(reference.group(1), reference.group())));
        return new RemoteRepository.Builder(repository.getId(), repository.getLayout(), url)
                .setReleasePolicy(policy(repository.getReleases()))
                .setSnapshotPolicy(policy(repository.getSnapshots()))
                .build();
    }

    /** MIMA's Central never looks for new versions; Maven's does once a day. */
    private static RemoteRepository central() {
        return new RemoteRepository.Builder(ContextOverrides.CENTRAL)
                .setReleasePolicy(policy(null))
                .setSnapshotPolicy(new RepositoryPolicy(
                        false, RepositoryPolicy.UPDATE_POLICY_DAILY, RepositoryPolicy.CHECKSUM_POLICY_WARN))
                .build();
    }

    /** Fills up a policy with Maven's defaults; {@code declared} is null where the settings are silent. */
    private static RepositoryPolicy policy(org.apache.maven.settings.RepositoryPolicy declared) {
        if (declared == null) {
            return new RepositoryPolicy(
                    true, RepositoryPolicy.UPDATE_POLICY_DAILY, RepositoryPolicy.CHECKSUM_POLICY_WARN);
        }
        return new RepositoryPolicy(
                declared.isEnabled(),
                Optional.ofNullable(declared.getUpdatePolicy()).orElse(RepositoryPolicy.UPDATE_POLICY_DAILY),
                Optional.ofNullable(declared.getChecksumPolicy()).orElse(RepositoryPolicy.CHECKSUM_POLICY_WARN));
    }

    private static Path localRepository(MavenOptions options, MavenEnvironment environment, Settings settings) {
        return options.localRepository()
                .or(() -> Optional.ofNullable(environment.properties().get("maven.repo.local"))
                        .map(Path::of))
                .or(() -> Optional.ofNullable(settings.getLocalRepository()).map(Path::of))
                .orElseGet(() -> environment.userFolder().resolve("repository"))
                .toAbsolutePath();
    }

    private static Optional<Path> existing(Optional<Path> named) throws IOException {
        if (named.isPresent() && !Files.isRegularFile(named.get())) {
            throw new IOException("Cannot read Maven's settings: there is no file " + named.get());
        }
        return named;
    }

    private static String describe(SettingsProblem problem) {
        return Causes.line(problem.getMessage() + " @ " + problem.getLocation());
    }
}
