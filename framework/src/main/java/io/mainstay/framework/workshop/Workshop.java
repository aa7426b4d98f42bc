package io.mainstay.framework.workshop;

import io.mainstay.framework.apply.Sight;
import io.mainstay.framework.content.StoredJars;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.framework.plan.TargetState;
import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.CodeKeys;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.intake.RefusedBundleException;
import io.mainstay.source.BundleBuilder;
import io.mainstay.source.ClassPath;
import io.mainstay.source.Problem;
import io.mainstay.source.Project;
import io.mainstay.source.SourceBundle;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.osgi.framework.Constants;

/**
 * Makes bundles of source that is in the store: compiled in memory, against what the bundle is wired to in the head of a
 * channel, and packaged by bnd. What comes out is deployed as everything else is, by a
 * {@link io.mainstay.framework.deploy.Deployer}. Neither source nor code gets into a file. Thread-safe.
 */
public final class Workshop {
    private static final String NEW = "mainstay:new";

    /** Empty where there is none yet. */
    private final Optional<Store> store;

    private final String channel;
    private final BundleIntake intake;
    private final StoredJars jars;
    private final Surroundings surroundings;

    /**
     * Makes a workshop on the head of a channel.
     *
     * @param configuration framework properties that nodes have besides those of the generation
     */
    public Workshop(Store store, String channel, Map<String, String> configuration, IntakeLimits limits) {
        this(Optional.of(store), channel, configuration, limits);
    }

    private Workshop(Optional<Store> store, String channel, Map<String, String> configuration, IntakeLimits limits) {
        this.store = store;
        this.channel = channel;
        this.intake = new BundleIntake(limits);
        this.jars = new StoredJars(store.map(Store::contents));
        this.surroundings = new Surroundings(Map.copyOf(configuration), jars);
    }

    /** {@return a workshop for a first generation, where there is no store yet} */
    public static Workshop withoutStore(Map<String, String> configuration, IntakeLimits limits) {
        return new Workshop(Optional.empty(), "", configuration, limits);
    }

    private Optional<GenerationRecord> head() {
        return store.flatMap(one -> one.history().head(channel));
    }

    /** {@return the bundles of the head that carry their source} */
    public List<Checkout> checkouts() {
        return head().map(record -> checkouts(record.generation())).orElse(List.of());
    }

    /** {@return the bundles of a generation that carry their source} */
    public List<Checkout> checkouts(Generation generation) {
        List<Checkout> checkouts = new ArrayList<>();
        jars.read(generation.state().contents());
        for (GenerationEntry entry : generation.state().entries()) {
            Project project = Project.of(jars.of(entry.content()));
            if (project.hasSources()) {
                checkouts.add(new Checkout(generation.number(), entry, project));
            }
        }
        return checkouts;
    }

    /**
     * {@return the source of one bundle of the head}
     *
     * @param name its symbolic name, {@code NAME/VERSION}, or location
     * @throws RefusedChangeException if there is none, or it carries no source
     */
    public Checkout checkout(String name) {
        return checkout(requireHead(), name);
    }

    /**
     * {@return the source of one bundle of a generation}
     *
     * @param name its symbolic name, {@code NAME/VERSION}, or location
     * @throws RefusedChangeException if there is none, or it carries no source
     */
    public Checkout checkout(Generation generation, String name) {
        return checkout(generation.number(), entry(generation, name));
    }

    private Generation requireHead() {
        return head().map(GenerationRecord::generation)
                .orElseThrow(() -> new RefusedChangeException(
                        "There is nothing to edit: channel " + channel + " has no generation yet"));
    }

    private static GenerationEntry entry(Generation head, String name) {
        List<GenerationEntry> matching = head.state().entries().stream()
                .filter(entry -> matches(entry, name))
                .toList();
        if (matching.size() != 1) {
            throw new RefusedChangeException(
                    matching.isEmpty()
                            ? "There is no bundle " + name + " in generation " + head.number()
                                    + "; `status` lists what is"
                            : name + " names " + matching.size() + " bundles; say which by NAME/VERSION: "
                                    + matching.stream()
                                            .map(GenerationEntry::label)
                                            .collect(Collectors.joining(", ")));
        }
        return matching.get(0);
    }

    /**
     * {@return the source of a bundle of any generation}
     *
     * @throws RefusedChangeException if it carries none
     */
    public Checkout checkout(long generation, GenerationEntry entry) {
        Project project = Project.of(jars.of(entry.content()));
        if (!project.hasSources()) {
            throw new RefusedChangeException(entry.label() + " carries no source (no OSGI-OPT/src in its jar),"
                    + " so it cannot be edited; build it with bnd's `-sources: true`");
        }
        return new Checkout(generation, entry, project);
    }

    private static boolean matches(GenerationEntry entry, String name) {
        return entry.symbolicName().equals(name)
                || (entry.symbolicName() + "/" + entry.version()).equals(name)
                || entry.location().equals(name);
    }

    /**
     * Puts the source of a bundle of the head beside it, so that its backtraces show it. Nothing is committed, and nothing
     * that runs is touched.
     *
     * @return the bundle, and how many files of source that is
     * @throws RefusedBundleException if it is not the source of the bundle
     * @throws IOException if it cannot be read
     */
    public Attached attach(String name, ContentSource sources) throws IOException {
        GenerationEntry entry = entry(requireHead(), name);
        Store there = store.orElseThrow();
        Content bundle = there.contents().find(entry.content()).orElseThrow();
        intake.requireSoundJar(sources);
        Set<Digest> before = there.contents().providers(CodeKeys.sourceOf(entry.content()));
        CheckedBundle made = intake.check(SourceBundle.make(sources, bundle, jars.of(entry.content()), before));
        try (StoreTransaction transaction = there.begin()) {
            transaction.put(made.content(), made.source(), made.index());
            transaction.commit();
        }
        long files = jars.of(made.content().digest()).names().stream()
                .filter(path -> path.endsWith(".java"))
                .count();
        return new Attached(entry, files);
    }

    /**
     * Source that was put beside a bundle.
     *
     * @param entry the bundle
     * @param files the number of files with source
     */
    public record Attached(GenerationEntry entry, long files) {}

    /** {@return the Java release that a bundle is compiled for} */
    public int release(Checkout checkout) {
        return BundleBuilder.release(Optional.of(jars.of(checkout.entry().content())), checkout.project());
    }

    /** {@return what a bundle is compiled against in a generation} */
    public ClassPath classPath(Generation generation, GenerationEntry entry) {
        List<TargetBundle> bundles = bundles(generation.state());
        return surroundings.classPath(
                bundles, surroundings.seen(generation.state().frameworkProperties(), bundles, entry.location()), false);
    }

    private SystemState state() {
        return head().map(record -> record.generation().state()).orElse(SystemState.EMPTY);
    }

    private List<TargetBundle> bundles(SystemState state) {
        return store.map(one -> TargetState.of(state, one.contents().find(state.contents())))
                .orElse(List.of());
    }

    /**
     * Builds edits, each after those that it uses packages of, and sees what these have become. Stops at the first that
     * fails, because what comes after it has nothing to be compiled against.
     *
     * @throws UnsupportedOperationException if this Java has no compiler
     */
    public Build build(List<Edit> edits) {
        try {
            return build(edits, List.of());
        } catch (IOException e) {
            throw new UncheckedIOException("Nothing is read from a file", e);
        }
    }

    /**
     * Builds edits as {@link #build(List)} does, in a state to which bundles will be added in the same change.
     *
     * @throws IOException if such a bundle cannot be read
     */
    public Build build(List<Edit> edits, List<CheckedBundle> added) throws IOException {
        SystemState state = state();
        Map<String, String> properties = state.frameworkProperties();
        List<TargetBundle> bundles = new ArrayList<>(bundles(state));
        for (CheckedBundle bundle : added) {
            StoredJars.add(bundle.content().digest(), bundle.source().open().readAllBytes());
            put(bundles, bundle.content());
        }
        List<Build.Result> results = new ArrayList<>();
        Build.Timing timing = new Build.Timing(0, 0, 0);
        for (Edit edit : inOrder(edits, properties, bundles)) {
            if (edit.base().isEmpty()) {
                // what it will take the place of is not what it is compiled against
                edit.project()
                        .symbolicName()
                        .ifPresent(name -> bundles.removeIf(
                                one -> one.entry().symbolicName().equals(name)));
            }
            long begun = System.nanoTime();
            List<Sight.Seen> seen = surroundings.seen(properties, bundles, location(edit), hostHeader(edit, bundles));
            ClassPath classPath = surroundings.classPath(bundles, seen, false);
            long wired = System.nanoTime();
            BundleBuilder.Result made = BundleBuilder.build(
                    edit.base().map(base -> jars.of(base.entry().content())), edit.project(), classPath);
            long packaged = System.nanoTime();
            Build.Result result = check(edit, made);
            results.add(result);
            timing = timing.plus(new Build.Timing(
                    (wired - begun) / 1_000_000,
                    made.compileNanos() / 1_000_000,
                    (System.nanoTime() - packaged + packaged - wired - made.compileNanos()) / 1_000_000));
            if (result.bundle().isEmpty()) {
                break;
            }
            replace(bundles, edit, result.bundle().get());
        }
        return new Build(results, timing);
    }

    /**
     * Runs the tests that lie beside the source of bundles that were built.
     *
     * @return a report for each bundle that has tests
     * @throws UnsupportedOperationException if JUnit is not on the class path
     */
    public List<TestReport> test(Build build) {
        SystemState state = state();
        List<TargetBundle> bundles = new ArrayList<>(bundles(state));
        build.results().forEach(result -> result.bundle().ifPresent(bundle -> replace(bundles, result.edit(), bundle)));
        return build.results().stream()
                .filter(result ->
                        TestRun.has(result.edit().project()) && result.bundle().isPresent())
                .map(result -> new BundleTests(surroundings, jars, state.frameworkProperties(), bundles)
                        .run(result.edit().project(), result.bundle().get().content(), location(result.edit())))
                .toList();
    }

    /**
     * Runs the tests of a bundle as it is.
     *
     * @throws RefusedChangeException if it has none
     * @throws UnsupportedOperationException if JUnit is not on the class path
     */
    public TestReport test(Checkout checkout) {
        if (!TestRun.has(checkout.project())) {
            throw new RefusedChangeException(checkout.entry().label() + " has no tests (" + Project.TESTS + ")");
        }
        Content content =
                store.orElseThrow().contents().find(checkout.entry().content()).orElseThrow();
        SystemState state = state();
        return new BundleTests(surroundings, jars, state.frameworkProperties(), bundles(state))
                .run(checkout.project(), content, checkout.entry().location());
    }

    /**
     * Puts what was built into a change, which will be refused if somebody else has changed one of the bundles meanwhile.
     *
     * @throws IllegalArgumentException if an edit did not become a bundle
     */
    public static void addTo(Change.Builder change, Build build) {
        for (Build.Result result : build.results()) {
            CheckedBundle bundle = result.bundle()
                    .orElseThrow(() -> new IllegalArgumentException(
                            result.edit().label() + " was not built: " + result.problems()));
            result.edit().base().map(Checkout::entry).ifPresent(entry -> {
                change.basedOn(entry.location(), entry.content());
                if (!entry.version().equals(bundle.content().version())) {
                    change.remove(entry.location());
                }
            });
            change.add(bundle);
        }
    }

    private Build.Result check(Edit edit, BundleBuilder.Result made) {
        if (made.jar().isEmpty()) {
            return new Build.Result(edit, Optional.empty(), made.problems());
        }
        try {
            byte[] jar = made.jar().get();
            CheckedBundle bundle = intake.check(ContentSource.of(edit.label(), jar));
            StoredJars.add(bundle.content().digest(), jar);
            return new Build.Result(edit, Optional.of(bundle), made.problems());
        } catch (RefusedBundleException e) {
            List<Problem> problems = new ArrayList<>(made.problems());
            problems.add(0, new Problem(true, Project.INSTRUCTIONS, 0, 0, e.getMessage(), ""));
            return new Build.Result(edit, Optional.empty(), problems);
        } catch (IOException e) {
            throw new UncheckedIOException("Reading from memory failed", e);
        }
    }

    private static String location(Edit edit) {
        return edit.base().map(base -> base.entry().location()).orElse(NEW);
    }

    /** What the instructions say; without any, what the bundle has said so far. */
    private static Optional<String> hostHeader(Edit edit, List<TargetBundle> bundles) {
        return edit.project().text(Project.INSTRUCTIONS).isPresent()
                ? edit.project().header(Constants.FRAGMENT_HOST)
                : bundles.stream()
                        .filter(bundle -> bundle.location().equals(location(edit)))
                        .findFirst()
                        .flatMap(TargetBundle::hostHeader);
    }

    private static void replace(List<TargetBundle> bundles, Edit edit, CheckedBundle bundle) {
        edit.base()
                .ifPresentOrElse(
                        base -> bundles.replaceAll(
                                one -> one.location().equals(base.entry().location())
                                        ? new TargetBundle(one.entry().with(bundle.content()), bundle.content())
                                        : one),
                        () -> put(bundles, bundle.content()));
    }

    /** Only a sketch of what the deployer will make of it: it is enough to see who exports what. */
    private static void put(List<TargetBundle> bundles, Content content) {
        bundles.removeIf(one -> one.entry().symbolicName().equals(content.symbolicName()));
        bundles.add(new TargetBundle(
                new GenerationEntry(
                        NEW + ":" + content.symbolicName(),
                        content.symbolicName(),
                        content.version(),
                        content.digest(),
                        1),
                content));
    }

    private List<Edit> inOrder(List<Edit> edits, Map<String, String> properties, List<TargetBundle> bundles) {
        if (edits.size() < 2 || edits.stream().anyMatch(edit -> edit.base().isEmpty())) {
            return edits; // what is new comes in the order that it is named
        }
        Map<String, Edit> byLocation = new LinkedHashMap<>();
        List<Edit> ordered = new ArrayList<>();
        edits.forEach(edit -> byLocation.put(location(edit), edit));
        Map<String, Set<String>> uses = new HashMap<>();
        byLocation
                .keySet()
                .forEach(location -> uses.put(
                        location,
                        surroundings
                                .seen(properties, bundles, location, hostHeader(byLocation.get(location), bundles))
                                .stream()
                                .filter(Sight.Seen::wired)
                                .map(Sight.Seen::location)
                                .filter(byLocation::containsKey)
                                .collect(Collectors.toCollection(TreeSet::new))));
        Set<String> done = new TreeSet<>();
        byLocation.keySet().forEach(location -> visit(location, uses, done, byLocation, ordered));
        return ordered;
    }

    private static void visit(
            String location,
            Map<String, Set<String>> uses,
            Set<String> done,
            Map<String, Edit> byLocation,
            List<Edit> ordered) {
        if (done.add(location)) {
            uses.get(location).forEach(used -> visit(used, uses, done, byLocation, ordered));
            ordered.add(byLocation.get(location));
        }
    }
}
