package io.mainstay.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.MemoryStore;
import io.mainstay.store.Digest;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.NodeRequest;
import io.mainstay.store.NodeState;
import io.mainstay.store.Progress;
import io.mainstay.store.Store;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How Derby reads rows that others may be changing: see {@link Sql#each}. It plans by the number of rows. */
class ChangingRowsTest {
    private static final Pattern CHANGING = Pattern.compile("SELECT .* FROM (generation|node|node_request)\\b.*");
    private static final Pattern BY_KEY = Pattern.compile(".* WHERE (number|name|id) = \\?");
    private static final String THROUGH_AN_INDEX = "Index Row to Base Row";

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 30, 2_000})
    void manyRows_areFoundWithoutReadingThem(int rows) throws SQLException {
        try (MemoryStore memory = new MemoryStore();
                Connection connection = DriverManager.getConnection(memory.url())) {
            connection.setSchema("MAINSTAY");
            fill(memory.store(), rows);
            Sql.update(connection, "CALL SYSCS_UTIL.SYSCS_EMPTY_STATEMENT_CACHE()");
            readAll(memory.store());

            List<String> statements = statements(connection);
            assertThat(statements)
                    .filteredOn(sql -> BY_KEY.matcher(sql).matches())
                    .hasSizeGreaterThanOrEqualTo(3);
            assertThat(statements)
                    .filteredOn(sql -> !BY_KEY.matcher(sql).matches())
                    .hasSizeGreaterThanOrEqualTo(5);
            for (String sql : statements) {
                String plan = planOf(connection, sql);
                if (BY_KEY.matcher(sql).matches()) {
                    assertThat(plan)
                            .as(sql)
                            .contains(THROUGH_AN_INDEX)
                            .contains("using constraint", "Fetch Size = 1\n")
                            .doesNotContain("Table Scan");
                } else {
                    assertThat(plan).as(sql).doesNotContain(THROUGH_AN_INDEX);
                }
            }
        }
    }

    private static void fill(Store store, int rows) {
        store.nodes().report(node("first"));
        store.requests().ask("run", NodeRequest.Kind.REPAIR, "me", "");
        for (int i = 0; i < rows; i++) {
            try (StoreTransaction transaction = store.begin()) {
                long number = transaction
                        .propose("main", 0, "me", "", SystemState.EMPTY)
                        .number();
                if (i % 3 > 0) {
                    transaction.fail(number, "it did", Optional.of("{}"));
                }
                transaction.commit();
            }
            store.nodes().report(node("n" + i));
            store.requests().ask("run" + i % 7, NodeRequest.Kind.REPAIR, "me", "");
        }
    }

    private static NodeRecord node(String name) {
        return new NodeRecord(name, "run", "main", 0, NodeState.RUNNING, Optional.empty(), "{}", Duration.ZERO);
    }

    private static void readAll(Store store) {
        store.history().all("main", 20);
        store.history().find(1);
        store.history().proposals("main");
        store.history().failedWith("main", Digest.of(new byte[0]));
        store.nodes().all("main");
        store.requests().open("run").forEach(request -> store.requests().find(request.id()));
        store.collect(1);
        store.verify(Progress.NONE);
    }

    private static List<String> statements(Connection connection) throws SQLException {
        return Sql.query(connection, "SELECT SQL_TEXT FROM SYSCS_DIAG.STATEMENT_CACHE", row -> row.getString(1))
                .stream()
                .filter(sql -> CHANGING.matcher(sql).matches())
                .toList();
    }

    private static String planOf(Connection connection, String sql) throws SQLException {
        Sql.update(connection, "CALL SYSCS_UTIL.SYSCS_SET_RUNTIMESTATISTICS(1)");
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 1; i <= statement.getParameterMetaData().getParameterCount(); i++) {
                statement.setString(i, "1");
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    rows.getString(1);
                }
            }
        }
        return Sql.first(connection, "VALUES SYSCS_UTIL.SYSCS_GET_RUNTIMESTATISTICS()", row -> row.getString(1))
                .orElseThrow();
    }
}
