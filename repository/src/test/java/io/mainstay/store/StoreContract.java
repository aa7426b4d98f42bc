package io.mainstay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.TestBundles;
import io.mainstay.intake.CheckedBundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine has to do. */
abstract class StoreContract {
    private static final String MAIN = "main";
    private static final int WRITES = 3_000;

    private Store store;

    /** {@return how to open a fresh, empty store} */
    abstract StoreOptions fresh();

    /** {@return a JDBC URL with credentials for tampering behind the store's back} */
    String backDoor(StoreOptions options) {
        String url = options.url();
        return options.user().isEmpty()
                ? url
                : url + ";user=" + options.user().get() + ";password="
                        + options.password().get();
    }

    @BeforeEach
    void open() {
        store = Store.open(options());
    }

    private StoreOptions options;

    private StoreOptions options() {
        options = fresh();
        return options;
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void requestToANode_isAnsweredOnce_andKept() {
        NodeRequests requests = store.requests();
        NodeRequest adopt = requests.ask("run-1", NodeRequest.Kind.ADOPT, "jane", "x".repeat(90_000));
        NodeRequest repair = requests.ask("run-1", NodeRequest.Kind.REPAIR, "joe", "");
        requests.ask("run-2", NodeRequest.Kind.REPAIR, "joe", "");

        assertThat(requests.open("run-1")).containsExactlyInAnyOrder(adopt, repair);
        assertThat(requests.find(adopt.id()).orElseThrow().message()).isEqualTo("x".repeat(90_000));

        NodeRequest.Answer answer = new NodeRequest.Answer(NodeRequest.Outcome.DONE, "one\ntwo", 7);
        requests.answer(adopt.id(), answer);

        assertThat(requests.open("run-1")).containsExactly(repair);
        assertThat(requests.find(adopt.id()).orElseThrow().answer()).contains(answer);
        assertThat(requests.find(repair.id()).orElseThrow().answer()).isEmpty();
        assertThat(requests.find("nobody")).isEmpty();

        requests.forget(adopt.id());

        assertThat(requests.find(adopt.id())).isEmpty();
        assertThat(requests.find(repair.id())).isPresent();
    }

    @Test
    void draft_isKept_untilItsAuthorDropsIt() {
        Digest base = Digest.of(new byte[0]);
        byte[] broken = "class A {".repeat(10_000).getBytes(StandardCharsets.UTF_8);
        Draft mine = new Draft(MAIN, "mainstay:a", "jane", "src/main/java/A.java", base, broken, Instant.EPOCH);
        store.drafts().save(mine);
        store.drafts().save(new Draft(MAIN, "mainstay:a", "joe", mine.path(), base, new byte[0], Instant.EPOCH));
        store.drafts().save(mine);
        store.drafts().save(new Draft("other", "mainstay:a", "jane", mine.path(), base, broken, Instant.EPOCH));

        store.close();
        store = Store.open(options);

        assertThat(store.drafts().all(MAIN)).extracting(Draft::author).containsExactly("jane", "joe");
        assertThat(store.drafts().all(MAIN).get(0)).satisfies(found -> {
            assertThat(found.bytes()).isEqualTo(broken);
            assertThat(found.base()).isEqualTo(base);
            assertThat(found.saved()).isAfter(Instant.parse("2026-01-01T00:00:00Z"));
        });
        assertThat(store.drafts().drop(MAIN, "mainstay:a", "jane")).isEqualTo(1);
        assertThat(store.drafts().drop(MAIN, "mainstay:a", "jane")).isZero();
        assertThat(store.drafts().all(MAIN)).extracting(Draft::author).containsExactly("joe");
        assertThat(store.drafts().all("other")).hasSize(1);
        assertThatThrownBy(() -> store.drafts()
                        .save(new Draft(MAIN, "l", "a", "p".repeat(2_000), base, new byte[0], Instant.EPOCH)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("its path has 2000 characters");
    }

    @Test
    void put_givesTheSameBytesBack() throws IOException {
        byte[] noise = new byte[1_500_000];
        new Random(1).nextBytes(noise);
        CheckedBundle bundle =
                TestBundles.bundle("a", "1").entry("noise", noise).checked();
        put(bundle);

        assertThat(store.contents().read(bundle.content().digest()))
                .isEqualTo(bundle.source().open().readAllBytes());
        try (InputStream in = store.contents().open(bundle.content().digest())) {
            assertThat(in.readAllBytes()).isEqualTo(bundle.source().open().readAllBytes());
        }
        assertThat(store.contents().find(bundle.content().digest())).contains(bundle.content());
        assertThat(store.contents().index(bundle.content().digest()).keys())
                .isEqualTo(bundle.index().keys());
    }

    @Test
    void put_storesEqualContentOnce() throws IOException {
        CheckedBundle bundle = TestBundles.bundle("a", "1").checked();

        assertThat(put(bundle)).isTrue();
        assertThat(put(bundle)).isFalse();
        assertThat(store.contents().all()).containsExactly(bundle.content());
    }

    @Test
    void closeWithoutCommit_leavesNothing() throws IOException {
        CheckedBundle bundle = TestBundles.bundle("a", "1").checked();
        try (StoreTransaction transaction = store.begin()) {
            transaction.put(bundle.content(), bundle.source(), bundle.index());
            transaction.propose(MAIN, 0, "me", "lost", stateOf(bundle));
        }

        assertThat(store.contents().all()).isEmpty();
        assertThat(store.history().all(MAIN, 10)).isEmpty();
        assertThat(commit(bundle).number()).isEqualTo(1);
    }

    @Test
    void put_refusesASourceThatChanged() {
        CheckedBundle bundle = TestBundles.bundle("a", "1").checked();
        ContentSource other = TestBundles.bundle("b", "1").source();

        try (StoreTransaction transaction = store.begin()) {
            assertThatThrownBy(() -> transaction.put(bundle.content(), other, bundle.index()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("changed while it was read");
        }
        assertThat(store.contents().all()).isEmpty();
    }

    @Test
    void commit_chainsGenerationsByDigest() throws IOException {
        GenerationRecord first = commit(TestBundles.bundle("a", "1").checked());
        GenerationRecord second = commit(TestBundles.bundle("a", "2").checked());

        List<GenerationRecord> chain = store.history().chain(MAIN, 10);
        assertThat(chain).extracting(GenerationRecord::number).containsExactly(2L, 1L);
        assertThat(chain.get(0).generation()).isEqualTo(second.generation());
        assertThat(second.generation().parent())
                .contains(new Generation.Parent(1, first.generation().digest()));
        assertThat(chain.get(0).state()).isEqualTo(GenerationState.COMMITTED);
    }

    @Test
    void propose_onAnOldHead_isAConflict() throws IOException {
        CheckedBundle bundle = TestBundles.bundle("a", "1").checked();
        commit(bundle);

        try (StoreTransaction transaction = store.begin()) {
            assertThatThrownBy(() -> transaction.propose(MAIN, 0, "me", "late", stateOf(bundle)))
                    .isInstanceOfSatisfying(ConflictException.class, e -> {
                        assertThat(e.expected()).isZero();
                        assertThat(e.found()).isEqualTo(1);
                    });
        }
    }

    @Test
    void moveHead_ofTwoProposals_oneWins() throws IOException {
        GenerationRecord left = propose(TestBundles.bundle("a", "1").checked());
        GenerationRecord right = propose(TestBundles.bundle("b", "1").checked());
        moveHead(left.number());

        assertThatThrownBy(() -> moveHead(right.number())).isInstanceOf(ConflictException.class);
        assertThat(store.history().headNumber(MAIN)).isEqualTo(left.number());
    }

    @Test
    void provenGeneration_staysProven_whoeverIsLate() throws IOException {
        GenerationRecord proven = propose(TestBundles.bundle("a", "1").checked());
        try (StoreTransaction transaction = store.begin()) {
            transaction.moveHead(proven.number(), true, Optional.empty());
            transaction.commit();
        }
        try (StoreTransaction transaction = store.begin()) {
            transaction.fail(proven.number(), "its node is taken for dead", Optional.empty());
            transaction.overtake(proven.number());
            transaction.commit();
        }

        GenerationRecord found = store.history().find(proven.number()).orElseThrow();
        assertThat(found.state()).isEqualTo(GenerationState.PROVEN);
        assertThat(found.cause()).isEmpty();
    }

    @Test
    void failedGeneration_isNotOvertaken() throws IOException {
        GenerationRecord failed = propose(TestBundles.bundle("a", "1").checked());
        try (StoreTransaction transaction = store.begin()) {
            transaction.fail(failed.number(), "it threw", Optional.empty());
            transaction.overtake(failed.number());
            transaction.commit();
        }

        assertThat(store.history().find(failed.number()).orElseThrow().state()).isEqualTo(GenerationState.FAILED);
    }

    @Test
    void forcedGeneration_isKnownAsForced() throws IOException {
        GenerationRecord plain = propose(TestBundles.bundle("a", "1").checked());
        GenerationRecord forced = propose(TestBundles.bundle("b", "1").checked());
        try (StoreTransaction transaction = store.begin()) {
            transaction.force(forced.number());
            transaction.commit();
        }

        assertThat(store.history().find(plain.number()).orElseThrow().forced()).isFalse();
        assertThat(store.history().find(forced.number()).orElseThrow().forced()).isTrue();
    }

    @Test
    void propose_withoutItsContent_isRefused() {
        CheckedBundle bundle = TestBundles.bundle("a", "1").checked();
        try (StoreTransaction transaction = store.begin()) {
            assertThatThrownBy(() -> transaction.propose(MAIN, 0, "me", "empty", stateOf(bundle)))
                    .isInstanceOf(ContentMissingException.class);
        }
    }

    @Test
    void claim_isForOneNode_untilItsLeaseEnds() throws Exception {
        long number = propose(TestBundles.bundle("a", "1").checked()).number();

        assertThat(claim(number, "n1", Duration.ofMillis(300))).isTrue();
        assertThat(claim(number, "n2", Duration.ofMillis(300))).isFalse();
        assertThat(claim(number, "n1", Duration.ofMillis(300))).isTrue();
        Thread.sleep(400); // the lease is what is tested
        assertThat(claim(number, "n2", Duration.ofSeconds(9))).isTrue();
    }

    @Test
    void fail_leavesTheHead_andIsRemembered() throws IOException {
        commit(TestBundles.bundle("a", "1").checked());
        GenerationRecord failed = propose(TestBundles.bundle("a", "2").checked());
        try (StoreTransaction transaction = store.begin()) {
            transaction.fail(failed.number(), "it threw", Optional.of("{}"));
            transaction.commit();
        }

        assertThat(store.history().headNumber(MAIN)).isEqualTo(1);
        assertThat(store.history().proposals(MAIN)).isEmpty();
        GenerationRecord remembered = store.history()
                .failedWith(MAIN, failed.generation().stateDigest())
                .get(0);
        assertThat(remembered.cause()).contains("it threw");
        assertThat(remembered.report()).contains("{}");
    }

    @Test
    void settledGeneration_staysAsItIs_whoeverComesLate() throws IOException {
        long proven = propose(TestBundles.bundle("a", "1").checked()).number();
        inTransaction(transaction -> transaction.moveHead(proven, true, Optional.empty()));
        long failed = propose(TestBundles.bundle("a", "2").checked()).number();
        inTransaction(transaction -> transaction.fail(failed, "its node was silent", Optional.empty()));

        inTransaction(transaction -> transaction.fail(proven, "its node was silent", Optional.empty()));
        inTransaction(transaction -> transaction.overtake(failed));
        assertThatThrownBy(() -> inTransaction(transaction -> transaction.moveHead(failed, true, Optional.empty())))
                .isInstanceOf(ConflictException.class);

        assertThat(store.history().headNumber(MAIN)).isEqualTo(proven);
        assertThat(store.history().find(proven).orElseThrow().state()).isEqualTo(GenerationState.PROVEN);
        assertThat(store.history().find(failed).orElseThrow().state()).isEqualTo(GenerationState.FAILED);
    }

    private void inTransaction(Consumer<StoreTransaction> work) {
        try (StoreTransaction transaction = store.begin()) {
            work.accept(transaction);
            transaction.commit();
        }
    }

    @Test
    void flippedByte_isFoundAndNeverGiven() throws Exception {
        byte[] noise = new byte[700_000];
        new Random(2).nextBytes(noise);
        CheckedBundle bundle = TestBundles.bundle("org.acme.foo", "1.2.3")
                .entry("noise", noise)
                .checked();
        commit(bundle);
        assertThat(store.verify(Progress.NONE).clean()).isTrue();
        flipOneByte();

        Digest digest = bundle.content().digest();
        assertThatThrownBy(() -> store.contents().read(digest))
                .isInstanceOf(ContentCorruptException.class)
                .hasMessageContaining("org.acme.foo 1.2.3")
                .hasMessageContaining(digest.hex());
        assertThatThrownBy(() -> {
                    try (InputStream in = store.contents().open(digest)) {
                        in.transferTo(OutputStream.nullOutputStream());
                    }
                })
                .isInstanceOf(ContentCorruptException.class);
        assertThat(store.verify(Progress.NONE).problems())
                .singleElement()
                .asString()
                .contains("org.acme.foo 1.2.3", digest.hex());

        assertThat(put(bundle)).as("deploying the file again mends it").isTrue();
        assertThat(store.verify(Progress.NONE).clean()).isTrue();
    }

    @Test
    void collect_dropsOnlyWhatNothingKeptNeeds() throws IOException {
        CheckedBundle old = TestBundles.bundle("a", "1").checked();
        CheckedBundle middle = TestBundles.bundle("a", "2").checked();
        CheckedBundle young = TestBundles.bundle("a", "3").checked();
        commit(old);
        commit(middle);
        commit(young);

        CollectReport report = store.collect(2);

        assertThat(report.contents()).isEqualTo(1);
        assertThat(store.contents().all()).containsExactlyInAnyOrder(middle.content(), young.content());
        assertThat(store.history().chain(MAIN, 9))
                .extracting(GenerationRecord::retained)
                .containsExactly(true, true, false);
        assertThat(store.verify(Progress.NONE).clean()).isTrue();
    }

    @Test
    void manyCommitters_loseNoAcknowledgedCommit() throws Exception {
        int threads = 6;
        int each = 5;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Set<Long>>> jobs = java.util.stream.IntStream.range(0, threads)
                    .mapToObj(thread -> (Callable<Set<Long>>) () -> commitAgainAndAgain(thread, each))
                    .toList();
            Set<Long> acknowledged = new HashSet<>();
            for (Future<Set<Long>> job : executor.invokeAll(jobs)) {
                acknowledged.addAll(job.get());
            }
            List<Long> chain = store.history().chain(MAIN, 1000).stream()
                    .map(GenerationRecord::number)
                    .toList();
            assertThat(acknowledged).hasSize(threads * each);
            assertThat(chain).containsExactlyInAnyOrderElementsOf(acknowledged);
        } finally {
            executor.shutdownNow();
        }
        assertThat(store.verify(Progress.NONE).clean()).isTrue();
    }

    private Set<Long> commitAgainAndAgain(int thread, int times) throws IOException {
        Set<Long> acknowledged = new HashSet<>();
        for (int i = 0; acknowledged.size() < times; i++) {
            CheckedBundle bundle = TestBundles.bundle("t" + thread, "1." + i).checked();
            try (StoreTransaction transaction = store.begin()) {
                transaction.put(bundle.content(), bundle.source(), bundle.index());
                GenerationRecord record =
                        transaction.propose(MAIN, store.history().headNumber(MAIN), "t" + thread, "", stateOf(bundle));
                transaction.moveHead(record.number(), false, Optional.empty());
                transaction.commit();
                acknowledged.add(record.number());
            } catch (ConflictException e) {
                // another was first: once more on the new head
            }
        }
        return acknowledged;
    }

    @Test
    void node_ofTheSameName_isRefusedWhileTheOtherLives() {
        NodeRecord one = node("n", "first");
        store.nodes().report(one);
        store.nodes().report(one);

        assertThatThrownBy(() -> store.nodes().report(node("n", "second")))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("a node of that name runs already");
        assertThat(store.nodes().all(MAIN)).singleElement().satisfies(found -> {
            assertThat(found.incarnation()).isEqualTo("first");
            assertThat(found.alive()).isTrue();
        });
    }

    @Test
    void nodeTakenForGone_isToldByItsHeartbeat_andComesBack() throws SQLException {
        NodeRecord node = node("n", "first");
        store.nodes().report(node);
        store.nodes().gone(store.nodes().all(MAIN).get(0));
        assertThat(store.nodes().heartbeat("n", "first"))
                .as("who was heard of just now is not gone")
                .isTrue();

        tamper("UPDATE mainstay.node SET seen_at = seen_at - 20000");
        store.nodes().gone(store.nodes().all(MAIN).get(0));
        assertThat(store.nodes().heartbeat("n", "first")).isFalse();
        assertThat(store.nodes().all(MAIN).get(0).alive()).isFalse();

        store.nodes().report(node);
        assertThat(store.nodes().heartbeat("n", "first")).isTrue();
        assertThat(store.nodes().all(MAIN).get(0).alive()).isTrue();
    }

    @Test
    void twoNodesOfOneName_startedAtOnce_oneRuns() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 20; round++) {
                String name = "n" + round;
                List<Callable<Boolean>> starts = Stream.of("a", "b", "c", "d")
                        .<Callable<Boolean>>map(incarnation -> () -> reported(node(name, incarnation)))
                        .toList();
                int run = 0;
                for (Future<Boolean> start : executor.invokeAll(starts)) {
                    run += start.get() ? 1 : 0;
                }
                assertThat(run).isEqualTo(1);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private boolean reported(NodeRecord node) {
        try {
            store.nodes().report(node);
            return true;
        } catch (StoreException e) {
            assertThat(e).hasMessageContaining("a node of that name runs already");
            return false;
        }
    }

    /** Each is one letter, repeated; a report is longer than a page. */
    @Test
    void nodeThatReports_isReadWhole() throws Exception {
        store.nodes().report(node("other", "second"));
        store.nodes().report(node("n", "first"));
        whileWriting(
                letters -> store.nodes()
                        .report(new NodeRecord(
                                "n",
                                "first",
                                MAIN,
                                0,
                                NodeState.RUNNING,
                                Optional.of(letters.reason()),
                                letters.report(),
                                Duration.ZERO)),
                () -> assertThat(store.nodes().all(MAIN)).hasSize(2).allSatisfy(node -> {
                    if (node.name().equals("n")) {
                        assertThat(letters(
                                        node.reason().orElse("") + node.report().replace("{}", "")))
                                .hasSizeLessThanOrEqualTo(1);
                    }
                }));
    }

    @Test
    void generationThatIsSettled_isReadWhole() throws Exception {
        long number = commit(TestBundles.bundle("a", "1").checked()).number();
        whileWriting(
                letters -> inTransaction(transaction -> {
                    transaction.prove(number, Optional.of(letters.report()));
                    transaction.remark(number, letters.reason());
                }),
                () -> {
                    GenerationRecord record =
                            store.history().all(MAIN, 5).stream().findFirst().orElseThrow();
                    assertThat(letters(
                                    record.cause().orElse("") + record.report().orElse("")))
                            .hasSizeLessThanOrEqualTo(1);
                    assertThat(store.history().proposals(MAIN)).isEmpty();
                    assertThat(store.verify(Progress.NONE).problems()).isEmpty();
                });
    }

    private record Letters(String reason, String report) {}

    private static Set<Integer> letters(String text) {
        return text.chars().boxed().collect(Collectors.toSet());
    }

    /** Reads as fast as it can while another thread writes. */
    private static void whileWriting(Consumer<Letters> write, Runnable read) throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Random random = new Random(1);
            Future<?> writer = executor.submit(() -> {
                for (int i = 0; i < WRITES; i++) {
                    String letter = String.valueOf((char) ('a' + random.nextInt(26)));
                    write.accept(new Letters(
                            letter.repeat(1 + random.nextInt(3_000)), letter.repeat(1 + random.nextInt(60_000))));
                }
            });
            while (!writer.isDone()) {
                read.run();
            }
            writer.get();
        } finally {
            executor.shutdownNow();
        }
    }

    private static NodeRecord node(String name, String incarnation) {
        return new NodeRecord(name, incarnation, MAIN, 0, NodeState.RUNNING, Optional.empty(), "{}", Duration.ZERO);
    }

    @Test
    void reopening_findsEverything() throws IOException {
        CheckedBundle bundle = TestBundles.bundle("a", "1").checked();
        commit(bundle);
        store.close();
        store = Store.open(options.existing());

        assertThat(store.history().head(MAIN)).isPresent();
        assertThat(store.contents().find(bundle.content().digest())).isPresent();
    }

    @Test
    void newerSchema_isRefused() throws Exception {
        tamper("INSERT INTO mainstay.schema_version (version) VALUES (99)");

        assertThatThrownBy(() -> Store.open(options.existing()))
                .isInstanceOf(SchemaTooNewException.class)
                .hasMessageContaining("version 99");
    }

    @Test
    void providers_areFoundByNameAndPrefix() throws IOException {
        CheckedBundle bundle = TestBundles.bundle("org.acme.foo", "1")
                .header("Export-Package", "org.acme.foo.api;version=1.0")
                .checked();
        put(bundle);
        Digest digest = bundle.content().digest();

        assertThat(store.contents().providers(IndexQuery.named("osgi.wiring.package", Set.of("org.acme.foo.api"))))
                .containsExactly(digest);
        assertThat(store.contents().providers(IndexQuery.beginning("osgi.wiring.package", "org.acme.")))
                .containsExactly(digest);
        assertThat(store.contents().providers(IndexQuery.beginning("osgi.wiring.package", "org_acme")))
                .isEmpty();
        assertThat(store.contents().providers(IndexQuery.all("osgi.identity"))).containsExactly(digest);
    }

    private boolean put(CheckedBundle bundle) throws IOException {
        try (StoreTransaction transaction = store.begin()) {
            boolean written = transaction.put(bundle.content(), bundle.source(), bundle.index());
            transaction.commit();
            return written;
        }
    }

    private GenerationRecord commit(CheckedBundle bundle) throws IOException {
        GenerationRecord record = propose(bundle);
        moveHead(record.number());
        return record;
    }

    private GenerationRecord propose(CheckedBundle bundle) throws IOException {
        try (StoreTransaction transaction = store.begin()) {
            transaction.put(bundle.content(), bundle.source(), bundle.index());
            GenerationRecord record =
                    transaction.propose(MAIN, store.history().headNumber(MAIN), "me", "message", stateOf(bundle));
            transaction.commit();
            return record;
        }
    }

    private void moveHead(long number) {
        try (StoreTransaction transaction = store.begin()) {
            transaction.moveHead(number, false, Optional.empty());
            transaction.commit();
        }
    }

    private boolean claim(long number, String node, Duration lease) {
        try (StoreTransaction transaction = store.begin()) {
            boolean claimed = transaction.claim(number, node, lease);
            transaction.commit();
            return claimed;
        }
    }

    private static SystemState stateOf(CheckedBundle bundle) {
        Content content = bundle.content();
        return SystemState.of(
                List.of(new GenerationEntry(
                        "mainstay:" + content.symbolicName(),
                        content.symbolicName(),
                        content.version(),
                        content.digest(),
                        1)),
                Map.of(),
                List.of());
    }

    private void flipOneByte() throws SQLException {
        try (Connection connection = DriverManager.getConnection(backDoor(options));
                Statement statement = connection.createStatement()) {
            byte[] bytes;
            try (var rows = statement.executeQuery("SELECT bytes FROM mainstay.content_chunk WHERE position = 1")) {
                rows.next();
                bytes = rows.getBytes(1);
            }
            byte[] flipped = Arrays.copyOf(bytes, bytes.length);
            flipped[flipped.length / 2] ^= 1;
            try (var update =
                    connection.prepareStatement("UPDATE mainstay.content_chunk SET bytes = ? WHERE position = 1")) {
                update.setBytes(1, flipped);
                assertThat(update.executeUpdate()).isEqualTo(1);
            }
        }
    }

    private void tamper(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(backDoor(options));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
