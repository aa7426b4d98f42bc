package io.mainstay.verbs;

import io.mainstay.configuration.Configuration;
import io.mainstay.framework.deploy.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a change is made of: the same for {@code deploy} and {@code plan}. */
final class ChangeOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE|DIR|mvn:G/A/V",
            description =
                    "Bundles to add or update: files, folders with jars, folders with source (src/main/java, bnd.bnd),"
                            + " Maven coordinates (also G:A:V);"
                            + " and *.json files with configurations to set (OSGi Configurator).")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--from",
            paramLabel = "LIST",
            description = "A file that names bundles, one file or coordinate a line, with a start level behind it.")
    private List<Path> lists = new ArrayList<>();

    @Option(
            names = "--start-level",
            paramLabel = "N",
            description = "Start level of the bundles named; without it, they keep theirs, new ones get 1.")
    private Integer startLevel;

    @Option(names = "--remove", paramLabel = "NAME[/VERSION]", description = "Remove this in the same change.")
    private List<String> removals = new ArrayList<>();

    @Option(
            names = "--remove-configuration",
            paramLabel = "PID",
            description = "Remove this configuration in the same change.")
    private List<String> removedConfigurations = new ArrayList<>();

    @Option(names = "--beside", description = "Add even where a bundle of the same name is there in another version.")
    private boolean beside;

    @Option(names = "--wrap", description = "Make bundles of plain jars: export all, import all if it is there.")
    private boolean wrap;

    @Option(
            names = "--framework-property",
            paramLabel = "KEY=VALUE",
            description =
                    "Set a framework property of the generation, read when nodes boot; an empty value takes it out.")
    private Map<String, String> frameworkProperties = new LinkedHashMap<>();

    @Option(
            names = "--framework-properties",
            paramLabel = "FILE",
            description = "Set all framework properties that a .properties file has.")
    private List<Path> propertyFiles = new ArrayList<>();

    @Mixin
    private StoryOptions story;

    /** {@return the change that the command line asks for} */
    Change read(Place place) throws IOException {
        if (names.isEmpty()
                && lists.isEmpty()
                && removals.isEmpty()
                && removedConfigurations.isEmpty()
                && frameworkProperties.isEmpty()
                && propertyFiles.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Nothing to do: name bundles, configurations, --from LIST, --remove NAME or a framework property");
        }
        if (startLevel != null && startLevel < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--start-level takes a whole number from 1, not " + startLevel);
        }
        OptionalInt level = startLevel == null ? OptionalInt.empty() : OptionalInt.of(startLevel);
        Sources sources = new Sources(place, wrap, beside, level);
        List<Change.Addition> additions = sources.find(names, lists);
        Change.Builder change = story.begin(describe(additions, sources.configurations()));
        additions.forEach(change::add);
        sources.configurations().forEach(change::configure);
        removedConfigurations.forEach(change::removeConfiguration);
        removals.forEach(change::remove);
        for (Path file : propertyFiles) {
            TextFile.properties(place.folder().resolve(file)).forEach((name, value) -> set(change, name, value));
        }
        frameworkProperties.forEach((name, value) -> set(change, name, value));
        return change.build();
    }

    private static void set(Change.Builder change, String name, String value) {
        if (value == null || value.isEmpty()) {
            change.withoutFrameworkProperty(name);
        } else {
            change.frameworkProperty(name, value);
        }
    }

    private String describe(List<Change.Addition> additions, Collection<Configuration> configurations) {
        List<String> parts = new ArrayList<>();
        if (additions.size() == 1) {
            parts.add("Deploy " + additions.get(0).bundle().content().label());
        } else if (!additions.isEmpty()) {
            parts.add("Deploy " + additions.size() + " bundles");
        }
        if (configurations.size() == 1) {
            parts.add("configure " + configurations.iterator().next().pid());
        } else if (!configurations.isEmpty()) {
            parts.add("set " + configurations.size() + " configurations");
        }
        removals.forEach(name -> parts.add("remove " + name));
        removedConfigurations.forEach(pid -> parts.add("remove configuration " + pid));
        if (parts.isEmpty()) {
            parts.add("Set framework properties");
        }
        String all = String.join(", ", parts);
        return all.substring(0, 1).toUpperCase(Locale.ROOT) + all.substring(1);
    }
}
