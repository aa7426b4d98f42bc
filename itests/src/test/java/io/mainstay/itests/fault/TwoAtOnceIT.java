package io.mainstay.itests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.Settings;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.itests.Work;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;

/**
 * Many deployers commit at once, for a while: each acknowledged commit is in the history, once, and none that lost. {@code
 * -Dmainstay.fault.seconds=60} makes the while a minute.
 */
@Timeout(400)
class TwoAtOnceIT {
    private static final int DEPLOYERS = 10;
    private static final Duration TIME = Duration.ofMillis(Integer.getInteger("mainstay.fault.seconds", 10) * 250L);

    @TempDir
    private static Path folder;

    private static Postgres server;

    private final List<String> told = Collections.synchronizedList(new ArrayList<>());

    @BeforeAll
    static void start() throws Exception {
        server = new Postgres(folder, Work.freePort());
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private void commitAtOnce(String url) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(DEPLOYERS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < DEPLOYERS; i++) {
                String name = "t" + i;
                all.add(threads.submit(() -> {
                    try (Store store = Store.open(StoreOptions.of(url))) {
                        new Committer(store, name, told::add).commitFor(TIME);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** In processes of their own, to an address with credentials. */
    private void commitFromProcesses(String url, String user, String password) throws Exception {
        List<Victim> all = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                all.add(Victim.start(
                        Committer.class,
                        folder,
                        List.of(),
                        url,
                        user,
                        password,
                        "p" + i,
                        String.valueOf(TIME.toMillis())));
            }
            for (Victim one : all) {
                one.await("nothing that it says");
                told.addAll(one.said(""));
                told.remove(Victim.ENDED);
            }
        } finally {
            all.forEach(Victim::close);
        }
    }

    private List<String> told(String beginning) {
        return told.stream()
                .filter(line -> line.startsWith(beginning))
                .map(line -> line.substring(beginning.length()))
                .toList();
    }

    private void assertNoneIsLostOrTwice(String how, Store store) {
        List<String> done = told(Committer.DONE);
        List<String> lost = told(Committer.LOST);
        List<GenerationRecord> chain = store.history().chain(Settings.DEFAULT_CHANNEL, Integer.MAX_VALUE);
        System.out.println(how + ": " + done.size() + " commits acknowledged, " + lost.size() + " lost");
        assertThat(told).as("each is acknowledged or lost").hasSize(done.size() + lost.size());
        assertThat(chain)
                .extracting(record -> record.generation().message())
                .as("the history is just what was acknowledged")
                .containsExactlyInAnyOrderElementsOf(done);
        assertThat(done.size()).isGreaterThan(2);
        assertThat(store.history().proposals(Settings.DEFAULT_CHANNEL)).isEmpty();
        assertThat(store.history().all(Settings.DEFAULT_CHANNEL, Integer.MAX_VALUE))
                .extracting(GenerationRecord::state)
                .doesNotContain(GenerationState.FAILED);
        assertThat(store.verify(Progress.NONE).problems()).isEmpty();
    }

    private void commitToANode(String how, String url) throws Exception {
        try (Mainstay mainstay = Mainstay.open(Map.of(Settings.STORE, url))) {
            mainstay.start();
            commitAtOnce(url);
            BundleContext context = mainstay.context();
            RunningNode node = context.getService(context.getServiceReference(RunningNode.class));
            assertThat(node.generation().orElseThrow().number())
                    .isEqualTo(mainstay.store().history().headNumber(Settings.DEFAULT_CHANNEL));
            assertNoneIsLostOrTwice(how, mainstay.store());
        }
    }

    @Test
    void manyDeployers_withoutANode() throws Exception {
        String url = "jdbc:derby:" + folder.resolve("alone");
        try (Store store = Store.open(StoreOptions.of(url))) {
            commitAtOnce(url);
            assertNoneIsLostOrTwice("Derby, no node", store);
        }
    }

    @Test
    void manyDeployers_toOneNode() throws Exception {
        commitToANode("Derby, a node", "jdbc:derby:" + folder.resolve("node"));
    }

    @Test
    void manyDeployers_toOneNode_onPostgres() throws Exception {
        commitToANode("PostgreSQL, a node", server.database("node"));
    }

    @Test
    void processes_toANodeThatSharesItsStore() throws Exception {
        String url = "jdbc:derby:" + folder.resolve("shared");
        try (Victim node = Victim.start(SharingNode.class, folder, List.of(), url)) {
            node.await("password ");
            commitFromProcesses(
                    node.said("at ").get(0),
                    node.said("user ").get(0),
                    node.said("password ").get(0));
            node.endInput();
            assertThat(node.await("runs ")).isTrue();
            node.await("nothing more");
            try (Store store = Store.open(StoreOptions.of(url))) {
                assertThat(node.said("runs "))
                        .containsExactly(String.valueOf(store.history().headNumber(Settings.DEFAULT_CHANNEL)));
                assertNoneIsLostOrTwice("Derby, a node, 3 processes", store);
            }
        }
    }

    @Test
    void processes_toPostgres() throws Exception {
        String url = server.database("processes");
        try (Store store = Store.open(StoreOptions.of(url))) {
            commitFromProcesses(url, "", "");
            assertNoneIsLostOrTwice("PostgreSQL, 3 processes", store);
        }
    }
}
