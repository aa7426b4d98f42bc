package io.mainstay.framework.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.apply.DryRun.Finding;
import io.mainstay.framework.plan.TargetBundle;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Version;

/** A dry run that goes on from the last one says what one says that begins anew. */
class DryRunTest {
    private static final int BUNDLES = 7;

    private final Set<Path> before = folders();
    private final DryRun kept = new DryRun();

    @AfterEach
    void end() {
        kept.close();
        assertThat(folders()).as("nothing is left in the temporary folders").isEqualTo(before);
    }

    private static Set<Path> folders() {
        Set<Path> found = new TreeSet<>();
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            files.filter(file -> file.getFileName().toString().startsWith(DryFramework.FOLDER))
                    .forEach(found::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static TargetBundle bundle(String name, String version, String... headers) {
        Map<String, String> all = new TreeMap<>();
        all.put("Bundle-ManifestVersion", "2");
        all.put("Bundle-SymbolicName", name);
        all.put("Bundle-Version", version);
        for (int i = 0; i < headers.length; i += 2) {
            all.merge(headers[i], headers[i + 1], (one, other) -> one + "," + other);
        }
        Digest digest = Digest.of(all.toString().getBytes(StandardCharsets.UTF_8));
        Version parsed = new Version(version);
        return new TargetBundle(
                new GenerationEntry("test:" + name, name, parsed, digest, 1),
                new Content(digest, 0, name, parsed, all));
    }

    private Finding both(Collection<TargetBundle> from, Collection<TargetBundle> to) {
        Finding found = kept.run(Map.of(), from, to, Set.of());
        try (DryRun fresh = new DryRun()) {
            assertThat(found).isEqualTo(fresh.run(Map.of(), from, to, Set.of()));
        }
        return found;
    }

    @Test
    void nextChange_goesOnInTheSameFramework() {
        TargetBundle user = bundle("user", "1.0.0", "Import-Package", "api");
        List<TargetBundle> first = List.of(bundle("api", "1.0.0", "Export-Package", "api;version=1.0"), user);
        List<TargetBundle> second = List.of(bundle("api", "1.1.0", "Export-Package", "api;version=1.1"), user);
        List<TargetBundle> third = List.of(bundle("api", "1.2.0", "Export-Package", "api;version=1.2"), user);
        kept.run(Map.of(), first, second, Set.of());
        Set<Path> after = folders();

        Finding found = both(second, third);

        assertThat(after).as("one was kept").hasSize(before.size() + 1);
        assertThat(folders()).as("and used").isEqualTo(after);
        assertThat(found.problems()).isEmpty();
        assertThat(found.reset()).extracting("label").containsExactly("api 1.1.0", "user 1.0.0");
        assertThat(kept.known()).hasSize(3);
    }

    @Test
    void whatNobodyComesBackFor_goes_andItsThreadTakesNothingOver() throws InterruptedException {
        Thread.currentThread().setContextClassLoader(new ClassLoader(getClass().getClassLoader()) {});
        try (DryRun brief = new DryRun(Duration.ofMillis(300))) {
            brief.run(Map.of(), List.of(), List.of(bundle("one", "1.0.0")), Set.of());
            assertThat(brief.known()).hasSize(1);
            Thread watch = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("mainstay-dry-run"))
                    .findFirst()
                    .orElseThrow();
            assertThat(watch.getContextClassLoader()).isNull();
            assertThat(watch.isDaemon()).isTrue();

            watch.join(30_000);

            assertThat(brief.known()).isEmpty();
            assertThat(folders()).isEqualTo(before);
            brief.run(Map.of(), List.of(), List.of(bundle("one", "1.0.0")), Set.of());
            assertThat(brief.known()).as("it keeps the next one").hasSize(1);
        } finally {
            Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
        }
    }

    @Test
    void otherBase_orOtherProperties_orAnEnd_letGoOfIt() {
        List<TargetBundle> one = List.of(bundle("one", "1.0.0"));
        List<TargetBundle> two = List.of(bundle("one", "2.0.0"));
        List<TargetBundle> broken = List.of(bundle("one", "3.0.0", "Import-Package", "nowhere"));
        both(one, two);
        assertThat(both(one, two).problems()).isEmpty();
        assertThat(both(two, broken).problems()).hasSize(1);
        assertThat(kept.known()).as("what failed is not gone on from").isEmpty();
        assertThat(both(two, one).problems()).isEmpty();
        assertThat(kept.run(Map.of("org.osgi.framework.system.packages.extra", "nowhere"), one, broken, Set.of())
                        .problems())
                .isEmpty();
        assertThat(both(one, broken).problems()).as("properties were others").hasSize(1);

        kept.close();
        both(one, two);
        assertThat(folders()).as("a closed one keeps nothing").isEqualTo(before);
    }

    @Test
    void whatABootWouldWireOtherwise_isToldEachTime() {
        TargetBundle old = bundle("old", "1.0.0", "Export-Package", "api;version=1.0");
        TargetBundle user = bundle("user", "1.0.0", "Import-Package", "api");
        TargetBundle better = bundle("better", "1.0.0", "Export-Package", "api;version=2.0");
        TargetBundle other = bundle("other", "1.0.0");

        assertThat(both(List.of(old, user), List.of(old, user, better)).rewiredAtBoot())
                .hasSize(1);
        assertThat(both(List.of(old, user, better), List.of(old, user, better, other))
                        .rewiredAtBoot())
                .as("from a boot on, it is wired so already")
                .isEmpty();
    }

    /** What went away may have been what forced another bundle to its second choice. */
    @Test
    void whatABootWouldWireOtherwise_isToldWhereAConflictIsGone() {
        TargetBundle a = bundle("a", "1.0.0", "Export-Package", "p;version=1.0");
        TargetBundle b = bundle("b", "1.0.0", "Export-Package", "p;version=2.0");
        TargetBundle x = bundle("x", "1.0.0", "Import-Package", "p", "Export-Package", "r;uses:=p");
        TargetBundle n = bundle("n", "1.0.0", "Import-Package", "r,p;version=\"[1,2)\"");
        TargetBundle freed = bundle("n", "1.1.0");
        List<String> told =
                List.of("x 1.0.0 stays wired to a 1.0.0 for package p; after a restart it would use b 1.0.0");

        for (List<TargetBundle> next : List.of(List.of(a, b, x), List.of(a, b, x, freed))) {
            assertThat(both(List.of(), List.of(a, b, x, n)).rewiredAtBoot()).isEmpty();
            assertThat(both(List.of(a, b, x, n), next).rewiredAtBoot()).isEqualTo(told);
            List<TargetBundle> last = new ArrayList<>(next);
            last.set(0, bundle("a", "1.1.0", "Export-Package", "p;version=1.1"));
            assertThat(both(next, last).reset()).extracting("label").containsExactly("a 1.0.0");
        }
    }

    /**
     * All kinds of requirements, at random, always the same. (Of many thousand such changes, Felix judges some now so, now
     * otherwise: between equal capabilities of fragments it chooses by chance.)
     */
    @Test
    void anySequenceOfChanges_isJudgedAsIfEachWereTheFirst() {
        for (int seed = 1; seed <= 4; seed++) {
            Random random = new Random(seed);
            Map<String, TargetBundle> state = new TreeMap<>();
            int goneOn = 0;
            for (int step = 0; step < 40; step++) {
                Map<String, TargetBundle> next = new TreeMap<>(state);
                for (int i = 0; i < 1 + random.nextInt(2); i++) {
                    TargetBundle changed = any(random);
                    if (random.nextInt(6) == 0) {
                        next.remove(changed.location());
                    } else {
                        next.put(changed.location(), changed);
                    }
                }
                goneOn += kept.known().isEmpty() ? 0 : 1;
                if (both(state.values(), next.values()).problems().isEmpty()) {
                    state = next;
                }
            }
            assertThat(goneOn).as("changes that went on, seed " + seed).isPositive();
        }
    }

    private static TargetBundle any(Random random) {
        int number = random.nextInt(BUNDLES);
        List<String> headers = new ArrayList<>(List.of(
                "Export-Package",
                        "p" + number % 4 + ";version=1." + random.nextInt(3)
                                + (random.nextInt(2) == 0 ? ";uses:=p" + random.nextInt(4) : ""),
                "Provide-Capability", "cap;cap=c" + number % 3));
        String other = "p" + random.nextInt(4);
        switch (random.nextInt(9)) {
            case 7 -> headers.addAll(List.of("Import-Package", other + ";version=\"[1.0,1.1]\""));
            case 8 -> headers.addAll(List.of("Import-Package", other + ";version=1.1,p" + random.nextInt(4)));
            case 0 -> headers.addAll(List.of("Import-Package", other));
            case 1 -> headers.addAll(List.of("Import-Package", other + ";resolution:=optional"));
            case 2 -> headers.addAll(List.of("DynamicImport-Package", "*"));
            case 3 -> headers.addAll(List.of("Require-Bundle", "b" + random.nextInt(BUNDLES)));
            case 4 -> headers.addAll(List.of("Require-Capability", "cap;filter:=\"(cap=c" + random.nextInt(3) + ")\""));
            case 5 -> headers.addAll(List.of("Fragment-Host", "b" + random.nextInt(BUNDLES)));
            default ->
                headers.addAll(List.of(
                        "Require-Capability", "cap;filter:=\"(cap=c" + random.nextInt(3) + ")\";resolution:=optional"));
        }
        return bundle("b" + number, "1." + random.nextInt(3) + ".0", headers.toArray(String[]::new));
    }
}
