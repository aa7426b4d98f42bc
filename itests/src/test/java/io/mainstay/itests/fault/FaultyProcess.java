package io.mainstay.itests.fault;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.Settings;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.StoreUnreachableException;
import io.mainstay.store.SystemState;
import io.mainstay.store.spi.Milestone;
import java.sql.DriverManager;
import java.util.EnumMap;
import java.util.Map;

/**
 * A process to be killed: boots a node and commits one round after the other to it, saying what it does, a line each. At
 * the milestone that it is given it stands still, and whoever started it kills it there.
 */
public final class FaultyProcess {
    /** Begins a line: a round is begun. */
    static final String BEGUN = "begun ";
    /** Begins a line: the commit of a round was acknowledged, as a generation. */
    static final String ACKNOWLEDGED = "acknowledged ";
    /** Begins a line: nobody knows what became of a round. */
    static final String UNKNOWN = "unknown ";
    /** Begins a line: a milestone is passed. */
    static final String PASSED = "passed ";
    /** Begins a line: this stands still at a milestone. */
    static final String HERE = "here ";
    /** The node runs. */
    static final String UP = "up";

    private static final Map<Milestone, Integer> PASSES = new EnumMap<>(Milestone.class);
    private static String phase = "BOOT";

    private FaultyProcess() {}

    /**
     * Runs.
     *
     * @param arguments the store's URL; the first round; how many rounds; where to stand still, as a step says it, {@code
     *     all} to tell of all milestones, or {@code none}; {@code torn} to commit after each statement
     */
    public static void main(String[] arguments) throws Exception {
        String stop = arguments[3];
        if (arguments.length > 4) {
            DriverManager.registerDriver(new TearingDriver());
        }
        if (!stop.equals("none")) {
            Milestone.observe(milestone -> pass(milestone, stop));
        }
        try (Mainstay mainstay = Mainstay.open(properties(arguments[0]))) {
            mainstay.start();
            say(UP);
            enter("DEPLOY");
            int first = Integer.parseInt(arguments[1]);
            int count = Integer.parseInt(arguments[2]);
            for (int round = first; round < first + count; round++) {
                commit(mainstay, round);
            }
            enter("END");
        }
    }

    static Map<String, String> properties(String url) {
        return Map.of(Settings.STORE, url, Settings.NODE, "faulty", Settings.POLL_INTERVAL, "20");
    }

    private static void commit(Mainstay mainstay, int round) throws Exception {
        say(BEGUN + round);
        try {
            awaitSettled(mainstay);
            SystemState head = mainstay.store()
                    .history()
                    .head(Settings.DEFAULT_CHANNEL)
                    .map(record -> record.generation().state())
                    .orElse(SystemState.EMPTY);
            DeployResult result = mainstay.commit(RoundState.of(round).from(head));
            if (result.outcome() != Result.APPLIED) {
                throw new IllegalStateException("Round " + round + " came to " + result);
            }
            say(ACKNOWLEDGED + round + " "
                    + result.generation().map(GenerationRecord::number).orElseThrow());
        } catch (StoreUnreachableException e) {
            say(UNKNOWN + round);
            Thread.sleep(100); // the store is away, and is looked for again
        }
    }

    /** What an outage has interrupted may be committed yet: a round is worked out on what has come of that. */
    private static void awaitSettled(Mainstay mainstay) throws InterruptedException {
        while (!mainstay.store().history().proposals(Settings.DEFAULT_CHANNEL).isEmpty()) {
            Thread.sleep(10);
        }
    }

    private static synchronized void enter(String next) {
        phase = next;
        PASSES.clear();
    }

    /** Other threads that reach a milestone while one stands still stand still, too. */
    private static synchronized void pass(Milestone milestone, String stop) {
        Step step = new Step(phase, milestone, PASSES.merge(milestone, 1, Integer::sum));
        if (stop.equals("all")) {
            say(PASSED + step);
        } else if (stop.equals(step.toString())) {
            say(HERE + step);
            while (true) {
                try {
                    Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                    say("interrupted at " + step);
                }
            }
        }
    }

    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
