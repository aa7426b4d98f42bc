package io.mainstay.framework.boot;

import io.mainstay.configuration.Configuration;
import io.mainstay.framework.Settings;
import io.mainstay.store.ConflictException;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationDiff.ConfigurationChange;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Store;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes generations of what is configured at run time: by an administrator in a console, or by a bundle. It compares what is
 * with what the node's generation says, so that nothing is missed, nothing is told twice, and what could not be written
 * because the store was away is written later. Used by the follower's thread only, which makes all changes: so it never sees
 * one half done.
 */
final class RunTimeConfigurations {
    private static final Logger LOG = LoggerFactory.getLogger(RunTimeConfigurations.class);
    /** Several changes in quick succession are one generation. */
    private static final Duration QUIET = Duration.ofMillis(300);
    /** A bundle that goes on writing is not waited for longer than this. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final int NAMED = 3;

    private final Node node;
    private final Store store;
    private final Settings settings;
    private final Quarrels quarrels = new Quarrels();
    private OptionalLong differsSince = OptionalLong.empty();

    RunTimeConfigurations(Node node, Store store, Settings settings) {
        this.node = node;
        this.store = store;
        this.settings = settings;
    }

    /**
     * Makes a generation once things are quiet.
     *
     * @return the generation, which is the channel's head now; empty if none was made
     */
    Optional<GenerationRecord> commit() {
        return commit(false);
    }

    /** Makes a generation of what is not in one yet, because the node ends. */
    void commitAtEnd() {
        try {
            commit(true);
        } catch (StoreException e) {
            LOG.warn("What was configured last is not in the store, and lost", e);
        }
    }

    private Optional<GenerationRecord> commit(boolean now) {
        Optional<GenerationRecord> running = node.generation();
        if (!settings.commitsConfigurations() || running.isEmpty() || node.isStuck()) {
            return Optional.empty();
        }
        SystemState state = running.get().generation().state();
        SortedMap<String, ConfigurationChange> changes = changes(state);
        if (changes.isEmpty()) {
            differsSince = OptionalLong.empty();
            return Optional.empty();
        }
        boolean due = isDue() || now;
        return due
                        && store.history().headNumber(settings.channel())
                                == running.get().number()
                ? commit(running.get(), state, changes)
                : Optional.empty();
    }

    private SortedMap<String, ConfigurationChange> changes(SystemState state) {
        SortedMap<String, ConfigurationChange> changes = new TreeMap<>(GenerationDiff.configurations(
                state.configurations(), node.configurations().current()));
        changes.entrySet()
                .removeIf(change ->
                        !quarrels.allows(change.getKey(), change.getValue().from()));
        return changes;
    }

    private boolean isDue() {
        if (differsSince.isEmpty()) {
            differsSince = OptionalLong.of(System.nanoTime());
        }
        return node.configurations().quiet().compareTo(QUIET) >= 0
                || System.nanoTime() - differsSince.getAsLong() > PATIENCE.toNanos();
    }

    private Optional<GenerationRecord> commit(
            GenerationRecord running, SystemState state, SortedMap<String, ConfigurationChange> changes) {
        SortedMap<String, Configuration> wanted = new TreeMap<>(state.configurations());
        changes.forEach((pid, change) ->
                change.to().ifPresentOrElse(configuration -> wanted.put(pid, configuration), () -> wanted.remove(pid)));
        try (StoreTransaction transaction = store.begin()) {
            GenerationRecord made = transaction.propose(
                    settings.channel(),
                    running.number(),
                    author(changes),
                    message(changes),
                    state.with(wanted.values()));
            transaction.moveHead(made.number(), true, Optional.empty());
            transaction.commit();
            differsSince = OptionalLong.empty();
            changes.keySet().forEach(quarrels::committed);
            LOG.info("Generation {}: {}", made.number(), made.generation().message());
            GenerationRecord record = store.history().find(made.number()).orElse(made);
            node.describedBy(record);
            return Optional.of(record);
        } catch (ConflictException e) {
            // the head has moved: it is followed first, and what still differs then is looked at again
            return Optional.empty();
        }
    }

    private String author(SortedMap<String, ConfigurationChange> changes) {
        TreeSet<String> bundles = new TreeSet<>();
        changes.keySet().forEach(pid -> node.configurations().writer(pid).ifPresent(bundles::add));
        String user = System.getProperty("user.name", "unknown");
        return user + (bundles.isEmpty() ? "" : " through " + String.join(", ", bundles)) + " on " + settings.node();
    }

    private static String message(SortedMap<String, ConfigurationChange> changes) {
        StringJoiner names = new StringJoiner(", ");
        changes.keySet().stream().limit(NAMED).forEach(names::add);
        String more = changes.size() > NAMED ? " and " + (changes.size() - NAMED) + " more" : "";
        return (changes.size() == 1 ? "Configuration " : "Configurations ") + names + more + " changed at run time";
    }
}
