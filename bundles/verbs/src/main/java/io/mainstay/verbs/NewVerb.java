package io.mainstay.verbs;

import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.workshop.Edit;
import io.mainstay.source.Project;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Starts a bundle from a template. */
@Command(
        name = "new",
        description = "Start a bundle from a template: build it, and commit it. `edit NAME` or `pull NAME` goes on.")
final class NewVerb extends Verb {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*");

    @Spec
    private CommandSpec spec;

    /** The templates, and their class. */
    private enum Template {
        activator("Activator"),
        component("Component"),
        servlet("Page");

        private final String type;

        Template(String type) {
            this.type = type;
        }
    }

    @Parameters(index = "0", paramLabel = "NAME", description = "The bundle's name, which is its package, too.")
    private String name;

    @Option(
            names = "--template",
            paramLabel = "TEMPLATE",
            description =
                    "${COMPLETION-CANDIDATES}: a bundle activator, a Declarative Services component, a web page of the"
                            + " HTTP Whiteboard. Without it, activator.")
    private Template template = Template.activator;

    @Mixin
    private StoryOptions story;

    @Mixin
    private JsonOption json;

    @Mixin
    private DeployVerb.CommitOptions commit;

    NewVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw new ParameterException(
                    spec.commandLine(), "'" + name + "' is no package's name: lower-case words with dots between them");
        }
        place.storeForWriting();
        boolean there = place.store().history().head(place.channel()).stream()
                .flatMap(head -> head.generation().state().entries().stream())
                .anyMatch(entry -> entry.symbolicName().equals(name));
        if (there) {
            throw new RefusedChangeException("There is a bundle " + name + " already; `edit " + name + "` edits it");
        }
        SourceCommit.Outcome outcome = new SourceCommit(place, json.asked())
                .carryOut(
                        List.of(Edit.fresh(project())),
                        story.begin("New bundle " + name + ", from template " + template),
                        commit,
                        new SourceCommit.TestOption());
        return outcome.exitCode();
    }

    private Project project() throws IOException {
        SortedMap<String, byte[]> files = new TreeMap<>();
        files.put(Project.INSTRUCTIONS, read("bnd"));
        files.put(Project.SOURCES + name.replace('.', '/') + "/" + template.type + ".java", read("java"));
        return Project.of(files);
    }

    private byte[] read(String ending) throws IOException {
        try (InputStream in = NewVerb.class.getResourceAsStream("template-" + template + "." + ending + ".txt")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return text.replace("${name}", name).getBytes(StandardCharsets.UTF_8);
        }
    }
}
