package io.mainstay.verbs;

import io.mainstay.repository.StoreImport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Reads bundles into the store. */
@Command(
        name = "import",
        description =
                "Read all bundles that an OSGi repository index names into the store; an exported history too, if the"
                        + " store has none yet. No generation is made: `deploy` does that.")
final class ImportVerb extends Verb {
    @Parameters(arity = "1", paramLabel = "DIR|INDEX.XML", description = "An exported folder, or an index.")
    private Path from;

    @Mixin
    private JsonOption json;

    ImportVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        StoreImport.Result result;
        try (Place.ProgressDisplay progress = place.progress("Importing")) {
            result = new StoreImport(place.storeForWriting(), place.limits())
                    .read(place.folder().resolve(from), progress);
        }
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("bundles", result.bundles());
            told.put("stored", result.stored());
            told.put("generations", result.generations());
            out().println(Json.of(told));
        } else {
            out().println("Imported " + Words.count(result.bundles(), "bundle") + ", " + result.stored()
                    + " of them new"
                    + (result.generations() > 0 ? ", and " + Words.count(result.generations(), "generation") : "")
                    + ".");
        }
        return ExitCode.DONE;
    }
}
