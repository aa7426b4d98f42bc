package io.mainstay.itests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.Settings;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.itests.Jars;
import io.mainstay.itests.Work;
import io.mainstay.store.ContentSource;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Progress;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreUnreachableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The database goes away under a running node, in each way that a database can; what runs goes on, and it comes back. */
@Timeout(120)
class StoreAwayIT {
    @TempDir
    private static Path folder;

    private static Postgres server;

    @BeforeAll
    static void start() throws Exception {
        server = new Postgres(folder, Work.freePort());
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static Mainstay open(String url, String... more) {
        Map<String, String> properties = new HashMap<>(Map.of(Settings.STORE, url, Settings.NODE, "n"));
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i], more[i + 1]);
        }
        return Mainstay.open(properties);
    }

    private static CheckedBundle bundle(Mainstay mainstay, Jars jar) throws IOException {
        return mainstay.check(ContentSource.of("test.jar", jar.bytes()));
    }

    private static DeployResult deploy(Mainstay mainstay, String name, String version) throws IOException {
        return mainstay.commit(
                name + " " + version,
                bundle(
                        mainstay,
                        Jars.bundle(name, version)
                                .header("Import-Package", "org.osgi.framework")
                                .header("Bundle-Activator", Idle.class.getName())
                                .type(Idle.class)));
    }

    private static RunningNode node(Mainstay mainstay) {
        BundleContext context = mainstay.context();
        return context.getService(context.getServiceReference(RunningNode.class));
    }

    private static long running(Mainstay mainstay) {
        return node(mainstay).generation().map(GenerationRecord::number).orElse(0L);
    }

    private static boolean active(Mainstay mainstay, String name) {
        Bundle bundle = mainstay.context().getBundle("mainstay:" + name);
        return bundle != null && bundle.getState() == Bundle.ACTIVE;
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 60 s until %s", what).isLessThan(end);
            Thread.sleep(20);
        }
    }

    /** Bundles are stopped and started, classes are loaded, and only commands fail, for the reason given. */
    private static void assertServesWithout(Mainstay mainstay, String why) throws Exception {
        await("the node has noticed", () -> node(mainstay).storeAwaySince().isPresent());
        await("commands say " + why, () -> refusal(mainstay).contains(why));
        Bundle bundle = mainstay.context().getBundle("mainstay:a");
        bundle.stop();
        bundle.start();
        assertThat(bundle.loadClass(Idle.class.getName()).getClassLoader()).isNotNull();
    }

    /** The first commands still find connections of before, and say what happened to those. */
    private static String refusal(Mainstay mainstay) {
        return assertThatThrownBy(() -> deploy(mainstay, "never", "1.0.0"))
                .isInstanceOf(StoreUnreachableException.class)
                .actual()
                .getMessage();
    }

    private static void assertIsBack(Mainstay mainstay, String url) throws Exception {
        try (Mainstay other = open(url)) {
            DeployResult result = deploy(other, "meanwhile", "1.0.0");
            assertThat(result.outcome()).as("%s", result.cause()).isEqualTo(Result.APPLIED);
            long number = result.generation().orElseThrow().number();
            await("the node has followed", () -> running(mainstay) == number);
            assertThat(active(mainstay, "meanwhile")).isTrue();
            await("it says so", () -> node(mainstay).storeAwaySince().isEmpty());
            assertThat(other.store().verify(Progress.NONE).problems()).isEmpty();
        }
        assertThat(deploy(mainstay, "again", "1.0.0").outcome()).isEqualTo(Result.APPLIED);
    }

    @Test
    void serverThatIsStopped_orKilled_isMissedOnce_andFoundAgain() throws Exception {
        String url = server.database("stopped");
        try (Mainstay mainstay = open(url)) {
            deploy(mainstay, "a", "1.0.0");
            mainstay.start();
            for (boolean killed : new boolean[] {false, true}) {
                try (LogLines log = new LogLines()) {
                    if (killed) {
                        server.kill();
                    } else {
                        server.stop();
                    }
                    assertServesWithout(mainstay, server.url("stopped").replaceAll("user=.*", ""));
                    server.start();
                    await(
                            "the node is back",
                            () -> node(mainstay).storeAwaySince().isEmpty());
                    assertThat(log.with("The store is away")).hasSize(1);
                    assertThat(log.with("The store answers again")).hasSize(1);
                }
            }
            assertIsBack(mainstay, url);
        }
    }

    @Test
    void changedPassword_isToldAsSuch_andTheRightOneWorksAgain() throws Exception {
        server.requirePassword("clerk");
        server.execute("CREATE ROLE clerk LOGIN PASSWORD 'one'");
        server.execute("CREATE DATABASE guarded OWNER clerk");
        String url = server.url("guarded").replaceAll("user=postgres", "user=clerk") + "&password=one";
        try (Mainstay mainstay = open(url)) {
            deploy(mainstay, "a", "1.0.0");
            mainstay.start();
            server.execute("ALTER ROLE clerk PASSWORD 'two'");
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'clerk'");
            assertServesWithout(mainstay, "the database refused the user or password");

            server.execute("ALTER ROLE clerk PASSWORD 'one'");
            assertIsBack(mainstay, url);
        }
    }

    /**
     * The node is cut off while it applies a change, for so long that others give it up. What they decide is what counts:
     * it goes to the head when it is back, and a deploy of that moment does not take it for gone.
     */
    @Test
    void nodeThatIsCutOff_isGivenUp_andGoesToTheHeadWhenItIsBack() throws Exception {
        String url = server.database("cut");
        String gate = "mainstay.itests.gate";
        System.clearProperty(gate);
        try (Cable cable = new Cable(server.port());
                Mainstay near = open(url);
                Mainstay far = open(url.replace(":" + server.port(), ":" + cable.port()) + "&socketTimeout=3")) {
            deploy(near, "a", "1.0.0");
            far.start();
            CompletableFuture<DeployResult> slow = CompletableFuture.supplyAsync(() -> {
                try {
                    return near.commit(
                            "slow",
                            bundle(
                                    near,
                                    Jars.bundle("slow", "1.0.0")
                                            .header("Import-Package", "org.osgi.framework")
                                            .header("Bundle-Activator", Waiting.class.getName())
                                            .type(Waiting.class)));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            await("the node applies it", () -> System.getProperty(gate, "").equals("reached"));
            cable.cut();

            DeployResult givenUp = slow.get(60, TimeUnit.SECONDS);
            assertThat(givenUp.outcome()).isEqualTo(Result.FAILED);
            assertThat(givenUp.cause().orElseThrow()).contains("ended before it was done");
            System.setProperty(gate, "open");
            await("the node has done it", () -> active(far, "slow"));
            assertServesWithout(far, "Cannot");
            cable.mend();

            DeployResult next = deploy(near, "next", "1.0.0");
            assertThat(next.outcome()).as("%s", next.cause()).isEqualTo(Result.APPLIED);
            assertThat(active(far, "next")).isTrue();
            assertThat(far.context().getBundle("mainstay:slow")).isNull();
            assertThat(running(far)).isEqualTo(near.store().history().headNumber("main"));
            assertThat(near.store().verify(Progress.NONE).problems()).isEmpty();
        } finally {
            System.setProperty(gate, "open");
        }
    }

    @Test
    void embeddedDatabaseThatSomebodyShutsDown_isOpenedAgain() throws Exception {
        String url = "jdbc:derby:" + folder.resolve("shut");
        try (Mainstay mainstay = open(url)) {
            deploy(mainstay, "a", "1.0.0");
            mainstay.start();

            assertThatThrownBy(() ->
                            DriverManager.getConnection(url + ";shutdown=true").close())
                    .hasMessageContaining("shutdown");

            assertThat(active(mainstay, "a")).isTrue();
            await("a change goes through", () -> {
                try {
                    return deploy(mainstay, "b", "1.0.0").outcome() == Result.APPLIED;
                } catch (StoreUnreachableException notYet) {
                    return false;
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThat(active(mainstay, "b")).isTrue();
            assertThat(mainstay.store().verify(Progress.NONE).problems()).isEmpty();
        }
    }

    /** On a file system of its own, which only root can have. */
    @Test
    void fullDisk_losesNothing_andIsNoReasonToRestart() throws Exception {
        Path disk = Files.createDirectories(folder.resolve("disk"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk.toString()))
                .as("this process may mount a small file system")
                .isZero();
        try {
            Path ballast = disk.resolve("ballast");
            try (Mainstay mainstay = open("jdbc:derby:" + disk.resolve("store"))) {
                deploy(mainstay, "a", "1.0.0");
                mainstay.start();
                fill(ballast);

                assertThatThrownBy(() -> commitNoise(mainstay))
                        .isInstanceOf(StoreUnreachableException.class)
                        .satisfies(e -> System.out.println("Disk full: " + e.getMessage()));
                assertThat(active(mainstay, "a")).isTrue();

                Files.delete(ballast);
                await("a change goes through", () -> {
                    try {
                        return deploy(mainstay, "b", "1.0.0").outcome() == Result.APPLIED;
                    } catch (StoreException notYet) {
                        System.out.println("Not yet: " + notYet.getMessage());
                        return false;
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
                assertThat(mainstay.store().verify(Progress.NONE).problems()).isEmpty();
            }
        } finally {
            run("umount", disk.toString());
        }
    }

    private static void fill(Path ballast) throws IOException {
        byte[] block = new byte[64 << 10];
        try {
            while (true) {
                Files.write(ballast, block, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        } catch (IOException full) {
            assertThat(Files.size(ballast)).isPositive();
        }
    }

    private static void commitNoise(Mainstay mainstay) throws IOException {
        byte[] noise = new byte[4 << 20];
        new Random(3).nextBytes(noise);
        mainstay.commit("noise", bundle(mainstay, Jars.bundle("noise", "1.0.0").entry("noise", noise)));
    }

    private static int run(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(Duration.ofSeconds(20).toSeconds(), TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException noSuchProgram) {
            return -1;
        }
    }
}
