package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.Settings;
import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.store.ContentSource;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** The example counter, as people visit it while it is replaced: no visitor is lost, and none counted twice. */
class CounterIT {
    private static final int VERSIONS = 8;
    private static final int VISITORS = 3;

    private final int port = Work.freePort();
    private final AtomicLong visits = new AtomicLong();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();

    @Test
    void visitorsAreCounted_throughManyVersions() throws Exception {
        try (Mainstay mainstay = Mainstay.open(Map.of(
                        Settings.STORE,
                        "jdbc:derby:memory:counter",
                        WebSystem.HOST,
                        "127.0.0.1",
                        WebSystem.PORT,
                        String.valueOf(port)))
                .start()) {
            assertThat(mainstay.context().getProperty(Settings.VERSION)).isNotNull();
            Change.Builder first = Change.by("itests");
            WebSystem.addTo(first, mainstay);
            DeployResult begun = commit(mainstay, first, 0);
            assertThat(begun.outcome()).as("%s", begun.cause()).isEqualTo(Result.APPLIED);
            assertThat(Web.page(address()).strip()).isEqualTo("You are visitor 1");

            List<Thread> visitors = new ArrayList<>();
            for (int i = 0; i < VISITORS; i++) {
                Thread visitor = new Thread(this::visit, "visitor " + i);
                visitor.start();
                visitors.add(visitor);
            }
            for (int version = 1; version <= VERSIONS; version++) {
                DeployResult result = commit(mainstay, Change.by("itests"), version);
                assertThat(result.outcome()).as("%s", result.cause()).isEqualTo(Result.APPLIED);
                assertThat(result.continuity().orElseThrow().handedOver()).isEqualTo(1);
            }
            ended.set(true);
            for (Thread visitor : visitors) {
                visitor.join();
            }

            assertThat(failures).isEmpty();
            assertThat(visits.get()).isGreaterThan(VERSIONS);
            assertThat(Web.page(address()).strip()).isEqualTo("You are visitor " + (visits.get() + 2));
        }
    }

    private String address() {
        return "http://127.0.0.1:" + port + "/counter";
    }

    private void visit() {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(address())).build();
        while (!ended.get()) {
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    visits.incrementAndGet();
                } else {
                    failures.add("The server says " + answer.statusCode());
                }
            } catch (IOException | InterruptedException e) {
                failures.add(e.toString());
            }
        }
    }

    private static DeployResult commit(Mainstay mainstay, Change.Builder change, int version) throws IOException {
        return mainstay.commit(change.add(mainstay.check(ContentSource.of("counter.jar", counter(version))), 5)
                .build());
    }

    /** The example as it was built, with another version. */
    private static byte[] counter(int version) throws IOException {
        Path built = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(file -> file.getFileName().toString().startsWith("io.mainstay.examples.counter-"))
                .findFirst()
                .orElseThrow();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (InputStream file = Files.newInputStream(built);
                JarInputStream jar = new JarInputStream(file)) {
            Manifest manifest = jar.getManifest();
            manifest.getMainAttributes().putValue("Bundle-Version", "0.1." + version);
            try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
                for (ZipEntry entry = jar.getNextEntry(); entry != null; entry = jar.getNextEntry()) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    jar.transferTo(out);
                    out.closeEntry();
                }
            }
        }
        return bytes.toByteArray();
    }
}
