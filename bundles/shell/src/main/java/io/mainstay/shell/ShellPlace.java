package io.mainstay.shell;

import io.mainstay.framework.node.ArtifactSource;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.store.Store;
import io.mainstay.verbs.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Process;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** The shell of a running node. */
final class ShellPlace implements Place {
    private final BundleContext context;
    private final RunningNode node;
    private final CommandSession session;

    ShellPlace(BundleContext context, RunningNode node, CommandSession session) {
        this.context = context;
        this.node = node;
        this.session = session;
    }

    @Override
    public Store store() {
        return node.store();
    }

    @Override
    public String channel() {
        return node.settings().channel();
    }

    @Override
    public Map<String, String> configuration() {
        return node.configuration();
    }

    @Override
    public Optional<String> node() {
        return Optional.of(node.settings().node());
    }

    @Override
    public Optional<Instant> storeAwaySince() {
        return node.storeAwaySince();
    }

    @Override
    public IntakeLimits limits() {
        return node.settings().limits();
    }

    @Override
    public Path folder() {
        return session.currentDir() == null ? Path.of("") : session.currentDir();
    }

    @Override
    public boolean isCoordinate(String text) {
        return artifacts().map(source -> source.isCoordinate(text)).orElse(text.startsWith("mvn:"));
    }

    @Override
    public Path fetch(String coordinate) throws IOException {
        return artifacts()
                .orElseThrow(() -> new IOException("Cannot fetch " + coordinate
                        + ": this node was not started by ./mainstay run, which knows Maven; name a file"))
                .fetch(coordinate);
    }

    private Optional<ArtifactSource> artifacts() {
        ServiceReference<ArtifactSource> reference = context.getServiceReference(ArtifactSource.class);
        return Optional.ofNullable(reference).map(context::getService);
    }

    /** The shell's own input is a keyboard. */
    @Override
    public Optional<InputStream> piped() {
        return Optional.empty();
    }

    /** Gogo has redirected this to the pipe or terminal of the command. */
    @Override
    public PrintStream out() {
        return System.out;
    }

    @Override
    public PrintStream err() {
        Process process = Process.Utils.current();
        return process == null ? System.err : process.err();
    }

    @Override
    public ProgressDisplay progress(String what) {
        return ProgressDisplay.NONE;
    }
}
