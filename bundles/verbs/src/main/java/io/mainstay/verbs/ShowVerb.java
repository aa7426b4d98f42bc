package io.mainstay.verbs;

import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationText;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one generation. */
@Command(name = "show", description = "Show one generation: who made it, why, and all its bundles.")
final class ShowVerb extends Verb {
    @Parameters(arity = "1", paramLabel = "N", description = "The generation's number.")
    private long number;

    @Option(names = "--text", description = "The canonical text, byte by byte: its SHA-256 is the generation's digest.")
    private boolean text;

    @Mixin
    private JsonOption json;

    ShowVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        GenerationRecord record = Generations.require(place, number);
        if (json.asked()) {
            Map<String, Object> told = Json.generation(record);
            told.put("channel", record.channel());
            told.put("stateDigest", record.generation().stateDigest().hex());
            told.put("frameworkProperties", record.generation().state().frameworkProperties());
            told.put("bundles", Json.entries(record.generation().state().entries()));
            out().println(Json.of(told));
        } else if (text) {
            out().print(new String(GenerationText.write(record.generation()), StandardCharsets.UTF_8));
            out().flush();
        } else {
            tell(record);
        }
        return ExitCode.DONE;
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
        record.generation()
                .state()
                .frameworkProperties()
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
    }
}
