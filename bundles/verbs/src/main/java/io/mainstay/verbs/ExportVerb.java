package io.mainstay.verbs;

import io.mainstay.repository.StoreExport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the store, or a generation of it, to a folder. */
@Command(
        name = "export",
        description =
                "Write the whole store, or one generation, to a folder: jars, an OSGi repository index (index.xml)"
                        + " and, for the whole, the history.")
final class ExportVerb extends Verb {
    @Parameters(arity = "1", paramLabel = "DIR", description = "The folder; it is made if it is missing.")
    private Path folder;

    @Option(
            names = "--generation",
            paramLabel = "N",
            description = "Only the bundles and configurations of this generation.")
    private Long number;

    @Mixin
    private JsonOption json;

    ExportVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        Path target = place.folder().resolve(folder);
        StoreExport export = new StoreExport(place.store(), target);
        int count;
        try (Place.ProgressDisplay progress = place.progress("Exporting")) {
            count = number == null
                    ? export.all(progress)
                    : export.generation(Generations.require(place, number), progress);
        }
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("folder", target.toString());
            told.put("bundles", count);
            out().println(Json.of(told));
        } else {
            out().println("Exported " + Words.count(count, "bundle") + " to " + target + ".");
        }
        return ExitCode.DONE;
    }
}
