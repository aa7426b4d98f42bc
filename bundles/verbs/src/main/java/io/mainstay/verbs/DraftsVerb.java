package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.store.Draft;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists or drops drafts. */
@Command(
        name = "drafts",
        description = "List the files that are kept as drafts: nothing runs them, and `edit` goes on with them.")
final class DraftsVerb extends Verb {
    @Option(names = "--drop", paramLabel = "BUNDLE", description = "Drop the drafts of this bundle.")
    private String dropped;

    @Option(names = "--author", paramLabel = "NAME", description = "With --drop: whose; without it, the system's user.")
    private String author = System.getProperty("user.name", "unknown");

    @Mixin
    private JsonOption json;

    DraftsVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() {
        return dropped == null ? list() : drop();
    }

    private int list() {
        List<Draft> drafts = place.store().drafts().all(place.channel());
        if (json.asked()) {
            out().println(Json.of(drafts.stream().map(DraftsVerb::json).toList()));
            return ExitCode.DONE;
        }
        if (drafts.isEmpty()) {
            out().println("There are no drafts.");
            return ExitCode.DONE;
        }
        Table table = new Table("bundle", "file", "author", "saved", "made from");
        drafts.forEach(draft -> table.row(
                draft.location().replaceFirst("^mainstay:", ""),
                draft.path(),
                draft.author(),
                Words.when(draft.saved()),
                draft.base().brief()));
        table.print(out());
        return ExitCode.DONE;
    }

    private static Map<String, Object> json(Draft draft) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("location", draft.location());
        told.put("file", draft.path());
        told.put("author", draft.author());
        told.put("saved", draft.saved().toString());
        told.put("base", draft.base().hex());
        return told;
    }

    private int drop() {
        Workshop workshop = SourceCommit.workshop(place);
        String location = place.store().drafts().all(place.channel()).stream()
                .map(Draft::location)
                .filter(one -> one.equals(dropped) || one.equals("mainstay:" + dropped))
                .findFirst()
                .orElseGet(() -> workshop.checkout(dropped).entry().location());
        int count = place.store().drafts().drop(place.channel(), location, author);
        if (count == 0) {
            throw new RefusedChangeException(
                    author + " has no draft of " + dropped + "; `drafts` lists those there are");
        }
        out().println("Dropped " + Words.count(count, "draft") + " of " + dropped + ".");
        return ExitCode.DONE;
    }
}
