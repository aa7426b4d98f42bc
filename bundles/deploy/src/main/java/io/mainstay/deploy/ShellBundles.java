package io.mainstay.deploy;

import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.framework.wiring.BundleWiring;

/**
 * The shell of a node. Gogo and our commands belong to the node as the launcher does, not to what it runs: they are
 * stored and run from the store like all bundles, but are in no generation. A bundle that the generation has itself is
 * left to the generation.
 *
 * <p>They stand one start level above the generation, and come up last: the prompt appears when all else is said.
 */
final class ShellBundles {
    private static final String SCHEME = "mainstay-node:";
    private static final String GOGO = "org.apache.felix.gogo.runtime";
    private static final String GOGO_JLINE = "org.apache.felix.gogo.jline";
    private static final String JLINE = "org.jline";
    private static final String COMMANDS = "io.mainstay.shell";

    private final boolean interactive;
    private final SystemState head;
    private final int startLevel;

    ShellBundles(boolean interactive, SystemState head) {
        this.interactive = interactive;
        this.head = head;
        this.startLevel = head.highestStartLevel() + 1;
    }

    boolean interactive() {
        return interactive;
    }

    /** Puts into the store what the node needs: all for a terminal, the commands alone where the generation has Gogo. */
    List<TargetBundle> store(Store store, IntakeLimits limits) throws IOException {
        boolean gogo = inGeneration(GOGO);
        if (!interactive && !gogo) {
            return List.of();
        }
        List<TargetBundle> bundles = new ArrayList<>();
        try (StoreTransaction transaction = store.begin();
                Stream<Path> jars = Files.list(Installation.folder("shell"))) {
            for (Path jar : jars.filter(ShellBundles::isJar)
                    .filter(file -> interactive || file.getFileName().toString().startsWith(COMMANDS))
                    .sorted()
                    .toList()) {
                String name = symbolicName(jar);
                if (!inGeneration(name)) {
                    Optional<Content> there = store.contents().find(digest(jar));
                    Content content = there.isPresent() ? there.get() : put(transaction, jar, limits);
                    bundles.add(new TargetBundle(entry(content), content));
                }
            }
            transaction.commit();
        }
        return bundles;
    }

    private static boolean isJar(Path file) {
        return file.toString().endsWith(".jar");
    }

    private static String symbolicName(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            return file.getManifest()
                    .getMainAttributes()
                    .getValue(Constants.BUNDLE_SYMBOLICNAME)
                    .split(";", 2)[0]
                    .strip();
        }
    }

    /** As the build has noted it: what was checked once need not be again, at a quarter of a second for each start. */
    private static Digest digest(Path jar) throws IOException {
        return new Digest(Files.readString(jar.resolveSibling(jar.getFileName() + ".sha256"))
                .strip());
    }

    private static Content put(StoreTransaction transaction, Path jar, IntakeLimits limits) throws IOException {
        CheckedBundle checked = new BundleIntake(limits).check(ContentSource.of(jar));
        transaction.put(checked.content(), checked.source(), checked.index());
        return checked.content();
    }

    private boolean inGeneration(String symbolicName) {
        return head.entries().stream().anyMatch(entry -> entry.symbolicName().equals(symbolicName));
    }

    private GenerationEntry entry(Content content) {
        return new GenerationEntry(
                SCHEME + content.symbolicName(),
                content.symbolicName(),
                content.version(),
                content.digest(),
                startLevel);
    }

    /** Tells Gogo how to behave, where nobody has told it otherwise. */
    void addTo(Map<String, String> properties) {
        properties.putIfAbsent("gosh.home", System.getProperty("java.io.tmpdir") + "/no-gosh-home");
        if (!interactive) {
            properties.putIfAbsent("gosh.args", "--noshutdown");
            System.setProperty("org.jline.terminal.dumb", "true");
            System.setProperty("org.jline.terminal.provider", "dumb");
        }
    }

    /**
     * JLine looks for its terminals with the context class loader of whoever starts Gogo's shell, and finds none with
     * the launcher's: so that thread gets JLine's own loader while it does.
     */
    void prepare(BundleContext context) {
        ClassLoader[] before = new ClassLoader[1];
        context.addBundleListener((SynchronousBundleListener) event -> {
            if (!GOGO_JLINE.equals(event.getBundle().getSymbolicName())) {
                return;
            }
            Thread thread = Thread.currentThread();
            if (event.getType() == BundleEvent.STARTING) {
                before[0] = thread.getContextClassLoader();
                jlineLoader(context).ifPresent(thread::setContextClassLoader);
            } else if (event.getType() == BundleEvent.STARTED || event.getType() == BundleEvent.STOPPING) {
                thread.setContextClassLoader(before[0]);
            }
        });
    }

    private static Optional<ClassLoader> jlineLoader(BundleContext context) {
        for (Bundle bundle : context.getBundles()) {
            BundleWiring wiring = JLINE.equals(bundle.getSymbolicName()) ? bundle.adapt(BundleWiring.class) : null;
            if (wiring != null) {
                return Optional.of(wiring.getClassLoader());
            }
        }
        return Optional.empty();
    }

    /** Brings the node's own bundles up. */
    void open(BundleContext context) {
        context.getBundle(0)
                .adapt(FrameworkStartLevel.class)
                .setStartLevel(startLevel, event -> complainIfMissing(context));
    }

    private void complainIfMissing(BundleContext context) {
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getLocation().startsWith(SCHEME) && bundle.getState() != Bundle.ACTIVE) {
                System.err.println(
                        "The shell is not whole: " + bundle.getSymbolicName() + " did not start; the log says why");
            }
        }
    }
}
