package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.trace.Backtrace;
import io.mainstay.framework.trace.Origin;
import io.mainstay.framework.trace.TraceReader;
import io.mainstay.store.StoreUnreachableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Says of each frame of a backtrace which code it was. */
@Command(
        name = "trace",
        description =
                "Show a backtrace with bundle, generation, author and source of each line. Without FILE: what is piped"
                        + " in; else the errors that were logged last.")
final class TraceVerb extends Verb {
    private static final int LISTED = 10;
    private static final int TRIES = 20;
    private static final long TRY_MILLIS = 10;

    @Parameters(
            arity = "0..1",
            paramLabel = "N|FILE|-",
            description = "Error number N of the list, a file with a backtrace, or - to paste one (end with Ctrl-D).")
    private String what;

    @Mixin
    private JsonOption json;

    TraceVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        Optional<String> piped = what == null ? piped() : Optional.empty();
        if (piped.isPresent()) {
            show(piped.get());
        } else if (what == null) {
            list(LoggedErrors.of(log()));
        } else if (what.equals("-")) {
            show(read(System.in));
        } else if (what.matches("\\d{1,6}")) {
            show(logged(Integer.parseInt(what)).text());
        } else {
            show(TextFile.read(place.folder().resolve(what)));
        }
        return ExitCode.DONE;
    }

    /** Without a terminal there is always something to read from, but not always anything to read: who is slow says so by -. */
    private Optional<String> piped() throws IOException {
        InputStream input = place.piped().orElse(null);
        for (int tries = 0; input != null && tries < TRIES; tries++) {
            if (input.available() > 0) {
                return Optional.of(read(input)).filter(text -> !text.isBlank());
            }
            try {
                Thread.sleep(TRY_MILLIS); // a pipe tells of nothing
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static String read(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private Path log() {
        return place.log()
                .orElseThrow(
                        () -> new RefusedChangeException("This node was not started by ./mainstay run, so its log is"
                                + " the host's; name a file with a backtrace"));
    }

    private LoggedErrors.Entry logged(int number) throws IOException {
        List<LoggedErrors.Entry> entries = LoggedErrors.of(log());
        if (number < 1 || number > entries.size()) {
            throw new RefusedChangeException("There is no error " + number + " in " + log() + "; it has "
                    + Words.count(entries.size(), "error") + " with a backtrace");
        }
        return entries.get(number - 1);
    }

    private void list(List<LoggedErrors.Entry> entries) {
        if (json.asked()) {
            out().println(Json.of(entries));
            return;
        }
        if (entries.isEmpty()) {
            out().println("No error with a backtrace is in " + log() + ".");
            return;
        }
        Table table = new Table("n", "when", "who", "what");
        for (int i = 0; i < Math.min(LISTED, entries.size()); i++) {
            LoggedErrors.Entry entry = entries.get(i);
            table.row(i + 1, entry.when(), entry.logger(), entry.headline());
        }
        table.print(out());
        if (entries.size() > LISTED) {
            out().println("and " + (entries.size() - LISTED) + " more; --json has all");
        }
    }

    private void show(String text) {
        Backtrace backtrace;
        try {
            backtrace = new TraceReader(place.store(), place.channel()).explain(text);
        } catch (StoreUnreachableException e) {
            text.lines().forEach(out()::println);
            throw e;
        }
        if (json.asked()) {
            List<Map<String, Object>> lines = new ArrayList<>();
            for (Backtrace.Line line : backtrace.lines()) {
                Map<String, Object> told = new LinkedHashMap<>();
                told.put("text", line.text());
                told.put("frame", line.frame().orElse(null));
                told.put("origins", line.origins().stream().map(TraceVerb::json).toList());
                lines.add(told);
            }
            out().println(Json.of(lines));
        } else {
            backtrace.textLines().forEach(out()::println);
        }
    }

    private static Map<String, Object> json(Origin origin) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("bundle", origin.bundle());
        told.put("version", origin.version().toString());
        told.put("digest", origin.content().hex());
        told.put("channel", origin.channel());
        told.put("firstGeneration", origin.first() == 0 ? null : origin.first());
        told.put("lastGeneration", origin.last() == 0 ? null : origin.last());
        told.put("live", origin.live());
        told.put("file", origin.path().orElse(null));
        told.put("source", origin.source());
        told.put("change", origin.change().orElse(null));
        return told;
    }
}
