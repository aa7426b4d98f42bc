package io.mainstay.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.MemoryStore;
import io.mainstay.store.ContentIndex.Key;
import io.mainstay.store.Digest;
import io.mainstay.store.IndexQuery;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How Derby looks up capabilities. */
class CapabilityTableTest {
    private static final String PACKAGE = "osgi.wiring.package";

    private static final List<IndexQuery> QUERIES = List.of(
            IndexQuery.named(PACKAGE, Set.of("p4711")),
            IndexQuery.named(PACKAGE, Set.of("p4711", "none", "")),
            IndexQuery.beginning(PACKAGE, "p4711"),
            IndexQuery.beginning("osgi.identity", "b4711"));

    private static MemoryStore memory;
    private static Connection connection;

    /** Derby plans a statement when it meets it first: here, when there is nothing yet. */
    @BeforeAll
    static void fill() throws SQLException {
        memory = new MemoryStore();
        connection = DriverManager.getConnection(memory.url());
        connection.setSchema("MAINSTAY");
        connection.setAutoCommit(false);
        for (IndexQuery query : QUERIES) {
            assertThat(CapabilityTable.providers(connection, query)).isEmpty();
        }
        for (int i = 0; i < 10_000; i++) {
            CapabilityTable.insert(
                    connection, digest(i), Set.of(new Key(PACKAGE, "p" + i), new Key("osgi.identity", "b" + i)));
        }
        connection.commit();
    }

    @AfterAll
    static void drop() throws SQLException {
        connection.rollback();
        connection.close();
        memory.close();
    }

    @AfterEach
    void rollBack() throws SQLException {
        connection.rollback();
    }

    @Test
    void lookUp_readsHardlyMoreThanItFinds_whenItWasPlannedOnAnEmptyTable() throws SQLException {
        for (IndexQuery query : QUERIES) {
            readsLittle(query);
        }
    }

    @Test
    void lookUp_readsHardlyMoreThanItFinds_whenItWasPlannedOnAFullTable() throws SQLException {
        Sql.update(connection, "CALL SYSCS_UTIL.SYSCS_EMPTY_STATEMENT_CACHE()");

        for (IndexQuery query : QUERIES) {
            readsLittle(query);
        }
    }

    private static void readsLittle(IndexQuery query) throws SQLException {
        String plan = planOf(() -> assertThat(CapabilityTable.providers(connection, query))
                .as("%s", query)
                .containsExactly(digest(4711)));

        assertThat(plan)
                .contains("Index Scan ResultSet for CAPABILITY using index CAPABILITY_BY_NAME")
                .doesNotContain("Table Scan");
        assertThat(visited(plan)).as(plan).isLessThan(10);
    }

    @Test
    void keysOfAContent_areReadByIndex() throws SQLException {
        assertThat(planOf(() -> assertThat(CapabilityTable.keys(connection, digest(7)))
                        .containsExactlyInAnyOrder(new Key(PACKAGE, "p7"), new Key("osgi.identity", "b7"))))
                .contains("using index CAPABILITY_BY_DIGEST")
                .doesNotContain("Table Scan");
    }

    @Test
    void namesWithWildcardsOfSql_areTakenLiterally() throws SQLException {
        for (String name : List.of("a%b", "a_b", "a!b", "axb", "a%bc")) {
            CapabilityTable.insert(connection, digest(name.hashCode()), Set.of(new Key("ns", name)));
        }

        assertThat(CapabilityTable.providers(connection, IndexQuery.beginning("ns", "a%b")))
                .isEqualTo(digests("a%b", "a%bc"));
        assertThat(CapabilityTable.providers(connection, IndexQuery.beginning("ns", "a_")))
                .isEqualTo(digests("a_b"));
        assertThat(CapabilityTable.providers(connection, IndexQuery.beginning("ns", "a!")))
                .isEqualTo(digests("a!b"));
        assertThat(CapabilityTable.providers(connection, IndexQuery.named("ns", Set.of("a_b"))))
                .isEqualTo(digests("a_b"));
    }

    @Test
    void endlessNames_areFoundBack() throws SQLException {
        String name = "日".repeat(5_000);
        String namespace = "n".repeat(3_000);
        CapabilityTable.insert(connection, digest(1), Set.of(new Key(namespace, name)));

        for (IndexQuery query : List.of(
                IndexQuery.all(namespace),
                IndexQuery.named(namespace, Set.of(name)),
                IndexQuery.beginning(namespace, name),
                IndexQuery.beginning(namespace, "日日"))) {
            assertThat(CapabilityTable.providers(connection, query)).containsExactly(digest(1));
        }
    }

    private static Digest digest(int i) {
        return Digest.of(("content " + i).getBytes(StandardCharsets.UTF_8));
    }

    private static Set<Digest> digests(String... names) {
        return IntStream.range(0, names.length)
                .mapToObj(i -> digest(names[i].hashCode()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @FunctionalInterface
    private interface Query {
        void run() throws SQLException;
    }

    /** {@return what Derby says of the last statement of {@code query}} */
    private static String planOf(Query query) throws SQLException {
        Sql.update(connection, "CALL SYSCS_UTIL.SYSCS_SET_RUNTIMESTATISTICS(1)");
        query.run();
        return Sql.first(connection, "VALUES SYSCS_UTIL.SYSCS_GET_RUNTIMESTATISTICS()", row -> row.getString(1))
                .orElseThrow();
    }

    private static int visited(String plan) {
        return plan.lines()
                .filter(line -> line.strip().startsWith("Number of rows visited="))
                .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf('=') + 1)))
                .max()
                .orElseThrow();
    }
}
