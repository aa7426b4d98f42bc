package io.mainstay.deploy;

import io.mainstay.deploy.maven.MavenArtifacts;
import io.mainstay.framework.MainstayFrameworkFactory;
import io.mainstay.framework.Settings;
import io.mainstay.framework.failure.Causes;
import io.mainstay.framework.node.ArtifactSource;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.store.Store;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node that this process runs, and nothing else: it has the terminal, the signals and the standard streams. */
final class HostedNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostedNode.class);

    /**
     * By it Felix gives code of no bundle what is on its own class path: here that is all of the tool, and whoever has the same
     * library as a bundle would get ours instead.
     */
    private static final String IMPLICIT_DELEGATION = "felix.bootdelegation.implicit";

    private final Framework framework;
    private final BundleContext context;
    private final ShellBundles shell;

    private HostedNode(Framework framework, BundleContext context, ShellBundles shell) {
        this.framework = framework;
        this.context = context;
        this.shell = shell;
    }

    static HostedNode boot(ToolPlace place, Map<String, String> told, Store store, boolean interactive)
            throws BundleException, IOException {
        Settings settings = Settings.of(told);
        SystemState head = store.history()
                .head(settings.channel())
                .map(record -> record.generation().state())
                .orElse(SystemState.EMPTY);
        ShellBundles shell = new ShellBundles(interactive, head);
        List<TargetBundle> own = shell.store(store, settings.limits());
        Map<String, String> properties = new HashMap<>(told);
        properties.putIfAbsent(
                Constants.FRAMEWORK_STORAGE,
                place.told().data().resolve("felix").toString());
        shell.addTo(properties);
        if (!head.frameworkProperties().containsKey(IMPLICIT_DELEGATION)) {
            properties.putIfAbsent(IMPLICIT_DELEGATION, "false");
        }
        if (!interactive) {
            // a shell in the generation shall find nobody to talk to, and not end the node over it
            System.setIn(InputStream.nullInputStream());
        }
        StandardError.copyToLog();
        Framework framework = MainstayFrameworkFactory.newFramework(settings, properties, Optional.empty(), store, own);
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, failure) -> Causes.log(LOG, "Thread " + thread.getName() + " ended by an exception", failure));
        Thread stopper = new Thread(() -> stop(framework), "mainstay-signal");
        framework.init();
        BundleContext context = framework.getBundleContext();
        context.registerService(ArtifactSource.class, new Artifacts(place), new Hashtable<>());
        shell.prepare(context);
        Runtime.getRuntime().addShutdownHook(stopper);
        framework.start();
        return new HostedNode(framework, context, shell);
    }

    /** Fetches for the shell what the command line fetches for itself. */
    private record Artifacts(ToolPlace place) implements ArtifactSource {
        @Override
        public boolean isCoordinate(String text) {
            return MavenArtifacts.isCoordinate(text);
        }

        @Override
        public Path fetch(String coordinate) throws IOException {
            return place.fetch(coordinate);
        }
    }

    RunningNode node() {
        ServiceReference<RunningNode> reference = context.getServiceReference(RunningNode.class);
        return context.getService(reference);
    }

    BundleContext context() {
        return context;
    }

    boolean hasShell() {
        return shell.interactive();
    }

    void openShell() {
        shell.open(context);
    }

    /** Waits until somebody stops the framework: its shell, a bundle, or a signal. */
    void awaitEnd() {
        try {
            framework.waitForStop(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void stop(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(30_000);
        } catch (BundleException e) {
            LOG.error("The framework does not stop", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop(framework);
    }
}
