package io.mainstay.itests.fault;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.Settings;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeState;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;

/**
 * Looks at what a killed process has left, in this process: what is wrong in the store, and what boots. It asks the store's
 * tables and the running bundles, not what the node says of them.
 */
final class Aftermath {
    private static final String MAIN = Settings.DEFAULT_CHANNEL;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Mainstay mainstay;
    private final List<String> findings = new ArrayList<>();
    private int round;

    private Aftermath(Mainstay mainstay) {
        this.mainstay = mainstay;
    }

    /**
     * What was found.
     *
     * @param round the round that the head is on after the next boot
     * @param findings what is wrong; empty if all is well
     */
    record Report(int round, List<String> findings) {}

    /**
     * Looks, and boots.
     *
     * @param before the round that the head was on before; 0 for none
     * @param begun the rounds that were begun since
     * @param acknowledged the generations of rounds whose commit was acknowledged
     */
    static Report of(String url, int before, List<Integer> begun, Map<Integer, Long> acknowledged) throws Exception {
        try (Mainstay mainstay = Mainstay.open(FaultyProcess.properties(url))) {
            Aftermath aftermath = new Aftermath(mainstay);
            aftermath.buryTheDead();
            aftermath.verify("before the boot");
            if (aftermath.findings.isEmpty()) {
                mainstay.start();
                aftermath.awaitSettled();
                aftermath.lookAtHead(before, begun, acknowledged);
                aftermath.lookAtBundles();
                aftermath.verify("after the boot");
            }
            return new Report(aftermath.round, aftermath.findings);
        }
    }

    /** A node that is silent counts as alive for 15 s; this test knows better, and need not wait. */
    private void buryTheDead() {
        Store store = mainstay.store();
        store.nodes().all(MAIN).stream()
                .filter(NodeRecord::alive)
                .forEach(node -> store.nodes()
                        .report(new NodeRecord(
                                node.name(),
                                node.incarnation(),
                                node.channel(),
                                node.generation(),
                                NodeState.STOPPED,
                                node.reason(),
                                node.report(),
                                Duration.ZERO)));
    }

    private void verify(String when) {
        mainstay.store()
                .verify(Progress.NONE)
                .problems()
                .forEach(problem -> findings.add("verify " + when + ": " + problem));
    }

    /** A proposal that was left behind is taken over, or fails with the node that had it. */
    private void awaitSettled() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!mainstay.store().history().proposals(MAIN).isEmpty() || running() != head()) {
            if (System.nanoTime() > end) {
                findings.add("The node does not settle: it runs " + running() + ", the head is " + head()
                        + ", proposals are " + mainstay.store().history().proposals(MAIN));
                return;
            }
            Thread.sleep(10);
        }
    }

    private long head() {
        return mainstay.store().history().headNumber(MAIN);
    }

    private long running() {
        BundleContext context = mainstay.context();
        RunningNode node = context.getService(context.getServiceReference(RunningNode.class));
        return node.generation().map(GenerationRecord::number).orElse(0L);
    }

    private void lookAtHead(int before, List<Integer> begun, Map<Integer, Long> acknowledged) {
        List<GenerationRecord> chain = mainstay.store().history().chain(MAIN, Integer.MAX_VALUE);
        round = chain.isEmpty() ? 0 : RoundState.named(message(chain.get(0))).round();
        Set<Integer> possible = new TreeSet<>(begun);
        possible.add(before);
        if (!possible.contains(round)) {
            findings.add("The head is on round " + round + ", which is none of " + possible);
        }
        Set<String> messages = new HashSet<>();
        for (GenerationRecord record : chain) {
            if (!messages.add(message(record))) {
                findings.add(message(record) + " is in the history twice");
            }
            RoundState state = RoundState.named(message(record));
            if (!state.expected().equals(RoundState.found(record.generation().state()))) {
                findings.add("Generation " + record.number() + " is not " + state.message() + ", but "
                        + RoundState.found(record.generation().state()));
            }
            if (record.state() != GenerationState.PROVEN && record.number() == head()) {
                findings.add("The head has been booted, and is " + record.state());
            }
        }
        acknowledged.forEach((which, number) -> {
            Optional<GenerationRecord> found = chain.stream()
                    .filter(record -> record.number() == number)
                    .filter(record ->
                            message(record).equals(RoundState.of(which).message()))
                    .findFirst();
            if (found.isEmpty()) {
                findings.add("The acknowledged commit of round " + which + " as generation " + number + " is lost");
            }
        });
    }

    private static String message(GenerationRecord record) {
        return record.generation().message();
    }

    private void lookAtBundles() throws IOException {
        BundleContext context = mainstay.context();
        List<GenerationEntry> entries = mainstay.store()
                .history()
                .head(MAIN)
                .map(record -> record.generation().state().entries())
                .orElse(List.of());
        Set<String> locations = new TreeSet<>(Set.of(Constants.SYSTEM_BUNDLE_LOCATION));
        for (GenerationEntry entry : entries) {
            locations.add(entry.location());
            look(entry, context.getBundle(entry.location()));
        }
        for (Bundle bundle : context.getBundles()) {
            if (!locations.contains(bundle.getLocation())) {
                findings.add("A bundle runs that is not in the generation: " + bundle.getLocation());
            }
        }
    }

    private void look(GenerationEntry entry, Bundle bundle) throws IOException {
        if (bundle == null || bundle.getState() != Bundle.ACTIVE) {
            findings.add(entry.label() + " should be active, and is " + bundle);
            return;
        }
        int level = bundle.adapt(BundleStartLevel.class).getStartLevel();
        if (level != entry.startLevel()) {
            findings.add(entry.label() + " has start level " + level);
        }
        byte[] jar = mainstay.store().contents().read(entry.content());
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(jar))) {
            for (ZipEntry stored = zip.getNextEntry(); stored != null; stored = zip.getNextEntry()) {
                String wanted = new String(zip.readAllBytes(), StandardCharsets.ISO_8859_1);
                try (InputStream in = bundle.getEntry(stored.getName()).openStream()) {
                    if (!wanted.equals(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1))) {
                        findings.add(entry.label() + " runs with another " + stored.getName());
                    }
                }
            }
        }
    }
}
