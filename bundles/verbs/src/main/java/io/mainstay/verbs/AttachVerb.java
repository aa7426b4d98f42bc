package io.mainstay.verbs;

import io.mainstay.framework.workshop.Workshop;
import io.mainstay.store.ContentSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Puts the source of a bundle beside it. */
@Command(
        name = "attach",
        description = "Store the source of a bundle that carries none, so that `trace` and `show` have it. Nothing is"
                + " committed.")
final class AttachVerb extends Verb {
    @Parameters(index = "0", paramLabel = "BUNDLE", description = "The bundle's name, or NAME/VERSION.")
    private String bundle;

    @Parameters(
            index = "1",
            paramLabel = "FILE|mvn:G/A/V/jar/sources",
            description = "The jar with its source: a file, or a Maven coordinate.")
    private String sources;

    @Mixin
    private JsonOption json;

    AttachVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        Path file = place.folder().resolve(sources);
        ContentSource source = !Files.exists(file) && place.isCoordinate(sources)
                ? ContentSource.of(sources, place.fetch(sources))
                : ContentSource.of(file);
        Workshop.Attached attached = SourceCommit.workshop(place).attach(bundle, source);
        if (json.asked()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("bundle", Json.entry(attached.entry()));
            told.put("files", attached.files());
            out().println(Json.of(told));
        } else {
            out().println("Attached " + Words.count(attached.files(), "file") + " of source to "
                    + attached.entry().label() + ".");
        }
        return ExitCode.DONE;
    }
}
