package io.mainstay.verbs;

import io.mainstay.store.Generation;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells the history of a channel. */
@Command(name = "log", description = "Tell the history: the head and what it came from, the youngest first.")
final class LogVerb extends Verb {
    private static final int LINES = 6;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            defaultValue = "20",
            description = "At most so many generations (default: ${DEFAULT-VALUE}; 0: all).")
    private int limit;

    @Option(names = "--all", description = "Also those that failed, wait, or were overtaken.")
    private boolean all;

    @Mixin
    private JsonOption json;

    LogVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        int most = limit <= 0 ? Integer.MAX_VALUE : limit;
        List<GenerationRecord> records = all
                ? place.store().history().all(place.channel(), most)
                : place.store().history().chain(place.channel(), most);
        if (json.asked()) {
            List<Map<String, Object>> list = new ArrayList<>();
            for (GenerationRecord record : records) {
                Map<String, Object> told = Json.generation(record);
                told.putAll(Json.diff(diff(record, records)));
                list.add(told);
            }
            out().println(Json.of(list));
        } else if (records.isEmpty()) {
            out().println("Channel " + place.channel() + " has no generation yet; `deploy` makes the first.");
        } else {
            records.forEach(record -> tell(record, diff(record, records)));
        }
        return ExitCode.DONE;
    }

    private GenerationDiff diff(GenerationRecord record, List<GenerationRecord> known) {
        long parent =
                record.generation().parent().map(Generation.Parent::number).orElse(0L);
        SystemState before = known.stream()
                .filter(other -> other.number() == parent)
                .findFirst()
                .or(() -> place.store().history().find(parent))
                .map(found -> found.generation().state())
                .orElse(SystemState.EMPTY);
        return GenerationDiff.between(before, record.generation().state());
    }

    private void tell(GenerationRecord record, GenerationDiff diff) {
        String state = record.state() == GenerationState.PROVEN
                ? ""
                : "  [" + record.state().name().toLowerCase(Locale.ROOT) + "]";
        out().println(Words.headline(record) + state + (record.retained() ? "" : "  [content dropped]"));
        record.cause().ifPresent(cause -> out().println("    " + cause));
        List<String> lines = Words.changes(diff);
        lines.stream().limit(LINES).forEach(line -> out().println("    " + line));
        if (lines.size() > LINES) {
            out().println("    and " + (lines.size() - LINES) + " more: `show " + record.number() + "`");
        }
    }
}
