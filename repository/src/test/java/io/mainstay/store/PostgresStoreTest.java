package io.mainstay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.TestBundles;
import io.mainstay.intake.CheckedBundle;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract, on a PostgreSQL server that the test starts and ends. */
class PostgresStoreTest extends StoreContract {
    private static EmbeddedPostgres server;
    private static int databases;

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder().start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Override
    StoreOptions fresh() {
        String name = "store" + databases++;
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return StoreOptions.of(server.getJdbcUrl("postgres", name));
    }

    @Test
    void manyThatMakeOneStoreAtOnce_allFindIt() throws Exception {
        for (int round = 0; round < 4; round++) {
            StoreOptions options = fresh();
            Openers.openAtOnce(options);
            Store.open(options.existing()).close();
        }
    }

    @Test
    void databaseOfOthers_isNoStore() throws SQLException {
        StoreOptions options = fresh();
        try (Connection connection = DriverManager.getConnection(options.url());
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("CREATE TABLE public.schema_version (installed_rank INT)");
        }

        assertThatThrownBy(() -> Store.open(options.existing())).isInstanceOf(StoreMissingException.class);
        Store.open(options).close();
    }

    /** What no compression makes short, up to four bytes a character. */
    @Test
    void endlessName_fitsIntoTheIndex() throws IOException {
        String name = new Random(1)
                .ints(2_000, 0x4e00, 0x9fff)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        CheckedBundle bundle = TestBundles.bundle("a", "1")
                .header("Provide-Capability", name + ";" + name + "=\"" + name + "\"")
                .checked();
        try (Store store = Store.open(fresh())) {
            try (StoreTransaction transaction = store.begin()) {
                transaction.put(bundle.content(), bundle.source(), bundle.index());
                transaction.commit();
            }
            assertThat(store.contents().providers(IndexQuery.named(name, Set.of(name))))
                    .containsExactly(bundle.content().digest());
        }
    }
}
