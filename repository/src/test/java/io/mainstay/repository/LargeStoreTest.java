package io.mainstay.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.MemoryStore;
import io.mainstay.store.Content;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Contents;
import io.mainstay.store.Digest;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Version;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;

/** A store of 10,000 bundles: what a query reads has to depend on what it finds, not on what there is. */
class LargeStoreTest {
    private static final int BUNDLES = 1_000;
    private static final int OTHERS = 9_000;
    private static final int SHARING = 7;

    private static final Map<String, Integer> CALLS = new ConcurrentHashMap<>();
    private static MemoryStore memory;
    private static Store counted;

    @BeforeAll
    static void fill() throws IOException, SQLException {
        memory = new MemoryStore();
        counted = counting(memory.store());
        try (StoreTransaction transaction = memory.store().begin()) {
            for (int i = 0; i < BUNDLES; i++) {
                put(transaction, i);
            }
            transaction.commit();
        }
        addOthers();
    }

    /** The intake is not what is measured: any bytes will do. */
    private static void put(StoreTransaction transaction, int i) throws IOException {
        byte[] bytes = ("bundle " + i).getBytes(StandardCharsets.UTF_8);
        String shared = i < SHARING ? ",org.acme.shared;version=1." + i : "";
        Content content = new Content(
                Digest.of(bytes),
                bytes.length,
                "org.acme.b" + i,
                new Version(1, 0, i),
                Map.of(
                        "Bundle-ManifestVersion", "2",
                        "Bundle-SymbolicName", "org.acme.b" + i,
                        "Bundle-Version", "1.0." + i,
                        "Export-Package", "org.acme.p" + i + ".api;version=1.0" + shared));
        transaction.put(content, ContentSource.of("b" + i, bytes), ResourceIndexer.index(content));
    }

    /** Only what the index knows of them, which is all that a query may look at. */
    private static void addOthers() throws SQLException {
        try (Connection connection = DriverManager.getConnection(memory.url());
                PreparedStatement statement = connection.prepareStatement(
                        "INSERT INTO mainstay.capability (namespace, name, digest) VALUES (?, ?, ?)")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < OTHERS; i++) {
                String digest = Digest.of(("other " + i).getBytes(StandardCharsets.UTF_8))
                        .hex();
                for (String namespace : List.of("osgi.identity", "osgi.wiring.bundle", "osgi.wiring.package")) {
                    statement.setString(1, namespace);
                    statement.setString(2, "org.other.x" + i);
                    statement.setString(3, digest);
                    statement.addBatch();
                }
            }
            statement.executeBatch();
            connection.commit();
        }
    }

    @AfterAll
    static void drop() {
        memory.close();
    }

    @BeforeEach
    void forgetCalls() {
        CALLS.clear();
    }

    @Test
    void packageOfOneBundle_readsThatBundleAlone() {
        assertThat(find("osgi.wiring.package", "(&(osgi.wiring.package=org.acme.p471.api)(version>=1.0))"))
                .hasSize(1);

        assertThat(CALLS).isEqualTo(Map.of("providers", 1, "index", 1));
    }

    @Test
    void packageOfSomeBundles_readsThose() {
        assertThat(find("osgi.wiring.package", "(osgi.wiring.package=org.acme.shared)"))
                .hasSize(SHARING);

        assertThat(CALLS).isEqualTo(Map.of("providers", 1, "index", SHARING));
    }

    @Test
    void packageOfNoBundle_readsNone() {
        assertThat(find("osgi.wiring.package", "(osgi.wiring.package=org.acme.none)"))
                .isEmpty();

        assertThat(CALLS).isEqualTo(Map.of("providers", 1));
    }

    @Test
    void beginningOfAName_readsWhatBeginsSo() {
        assertThat(find("osgi.identity", "(osgi.identity=org.acme.b47*)")).hasSize(11);

        assertThat(CALLS).isEqualTo(Map.of("providers", 1, "index", 11));
    }

    @Test
    void askingAgain_readsNothingAgain() {
        StoreRepository repository = new StoreRepository(counted);
        find(repository, "osgi.wiring.package", "(osgi.wiring.package=org.acme.shared)");
        CALLS.clear();

        assertThat(find(repository, "osgi.wiring.package", "(osgi.wiring.package=org.acme.shared)"))
                .hasSize(SHARING);
        assertThat(CALLS).isEqualTo(Map.of("providers", 1));
    }

    private static Collection<Capability> find(String namespace, String filter) {
        return find(new StoreRepository(counted), namespace, filter);
    }

    private static Collection<Capability> find(StoreRepository repository, String namespace, String filter) {
        Requirement requirement = repository
                .newRequirementBuilder(namespace)
                .addDirective("filter", filter)
                .build();
        return repository.findProviders(List.of(requirement)).get(requirement);
    }

    private static Store counting(Store store) {
        Contents contents = (Contents) Proxy.newProxyInstance(
                Contents.class.getClassLoader(), new Class<?>[] {Contents.class}, (proxy, method, arguments) -> {
                    CALLS.merge(method.getName(), 1, Integer::sum);
                    return call(() -> method.invoke(store.contents(), arguments));
                });
        return (Store) Proxy.newProxyInstance(
                Store.class.getClassLoader(),
                new Class<?>[] {Store.class},
                (proxy, method, arguments) ->
                        method.getName().equals("contents") ? contents : call(() -> method.invoke(store, arguments)));
    }

    @FunctionalInterface
    private interface Call {
        Object run() throws ReflectiveOperationException;
    }

    private static Object call(Call call) throws Throwable {
        try {
            return call.run();
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
