package io.mainstay.verbs;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.ConfiguratorJson;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.trace.TraceReader;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationText;
import io.mainstay.store.SystemState;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows one generation. */
@Command(name = "show", description = "Show one generation: who made it, why, all its bundles and configurations.")
final class ShowVerb extends Verb {
    private static final Pattern CLASS = Pattern.compile("([\\w.$]+)(?::(\\d{1,7}))?");

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1", paramLabel = "N", description = "The generation's number.")
    private long number;

    @Option(
            names = "--text",
            description =
                    "The canonical text, byte by byte, passwords too: its SHA-256 is the" + " generation's digest.")
    private boolean text;

    @Option(
            names = "--configurations",
            description = "Only the configurations, all or those with the PIDs named, as OSGi Configurator JSON that"
                    + " `deploy` takes: with passwords, which are hidden elsewhere.")
    private boolean configurations;

    @Parameters(
            arity = "0..*",
            index = "1..*",
            paramLabel = "CLASS[:LINE]|PID",
            description = "A class, with its package: its source, all or around a line. With --configurations: which.")
    private List<String> names = List.of();

    @Mixin
    private JsonOption json;

    ShowVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        if (!configurations && names.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), "One class at a time; PIDs are named with --configurations only");
        }
        GenerationRecord record = Generations.require(place, number);
        if (!configurations && names.size() == 1) {
            showSource(record, names.get(0));
        } else if (configurations) {
            out().print(ConfiguratorJson.write(asked(record.generation().state())));
            out().flush();
        } else if (json.asked()) {
            Map<String, Object> told = Json.generation(record);
            told.put("channel", record.channel());
            told.put("stateDigest", record.generation().stateDigest().hex());
            told.put(
                    "frameworkProperties",
                    Secrets.tellable(record.generation().state().frameworkProperties()));
            told.put("bundles", Json.entries(record.generation().state().entries()));
            told.put(
                    "configurations",
                    Json.configurations(
                            record.generation().state().configurations().values()));
            out().println(Json.of(told));
        } else if (text) {
            out().print(new String(GenerationText.write(record.generation()), StandardCharsets.UTF_8));
            out().flush();
        } else {
            tell(record);
        }
        return ExitCode.DONE;
    }

    private void showSource(GenerationRecord record, String wanted) {
        Matcher parts = CLASS.matcher(wanted);
        if (!parts.matches()) {
            throw new ParameterException(spec.commandLine(), "'" + wanted + "' is no CLASS or CLASS:LINE");
        }
        TraceReader reader = new TraceReader(place.store(), record.channel());
        TraceReader.Source source = reader.source(record.generation(), parts.group(1))
                .orElseThrow(() ->
                        new RefusedChangeException("Generation " + number + " has no source of class " + parts.group(1)
                                + ": no bundle of it has the class, or the one that has it carries no source"));
        List<String> lines = parts.group(2) == null
                ? source.text().lines().toList()
                : reader.line(source, Integer.parseInt(parts.group(2)));
        if (lines.isEmpty()) {
            throw new RefusedChangeException(source.path() + " of generation " + number + " has "
                    + source.text().lines().count() + " lines, and no line " + parts.group(2));
        }
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("generation", number);
            told.put("bundle", Json.entry(source.entry()));
            told.put("file", source.path());
            told.put("lines", lines);
            out().println(Json.of(told));
        } else {
            lines.forEach(out()::println);
        }
    }

    private Collection<Configuration> asked(SystemState state) {
        if (names.isEmpty()) {
            return state.configurations().values();
        }
        return names.stream()
                .map(pid -> Optional.ofNullable(state.configurations().get(pid))
                        .orElseThrow(() -> new RefusedChangeException("Generation " + number + " has no configuration "
                                + pid + "; `show " + number + "` lists those that it has")))
                .collect(Collectors.toUnmodifiableSet());
    }

    private void tell(GenerationRecord record) {
        out().println("Channel " + record.channel() + ", " + Words.headline(record));
        record.generation().message().lines().skip(1).forEach(line -> out().println("    " + line));
        out().println("state   " + record.state().name().toLowerCase(java.util.Locale.ROOT)
                + record.cause().map(cause -> ": " + cause).orElse(""));
        out().println("digest  " + record.generation().digest());
        record.generation()
                .parent()
                .ifPresent(parent -> out().println("parent  " + parent.digest() + " (" + parent.number() + ")"));
        Secrets.tellable(record.generation().state().frameworkProperties())
                .forEach((name, value) -> out().println("framework property " + name + "=" + value));
        Table table = new Table("level", "bundle", "version", "content");
        for (GenerationEntry entry : record.generation().state().entries()) {
            table.row(
                    entry.startLevel(),
                    entry.symbolicName(),
                    entry.version(),
                    entry.content().brief());
        }
        table.print(out());
        record.generation()
                .state()
                .configurations()
                .values()
                .forEach(one -> out().println("configuration " + one.pid() + "  "
                        + Words.count(one.properties().size(), "property").replace("propertys", "properties")));
    }
}
