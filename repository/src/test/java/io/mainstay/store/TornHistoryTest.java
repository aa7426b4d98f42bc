package io.mainstay.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What half a transaction would leave is found by {@code verify}. */
class TornHistoryTest {
    private static final String MAIN = "main";

    private String url;
    private Store store;

    @BeforeEach
    void commitTwo() throws SQLException {
        url = "jdbc:derby:memory:torn-" + UUID.randomUUID();
        store = Store.open(StoreOptions.of(url));
        for (int head = 0; head < 2; head++) {
            propose(head, true);
        }
        assertThat(store.verify(Progress.NONE).problems()).isEmpty();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private long propose(long head, boolean commit) {
        try (StoreTransaction transaction = store.begin()) {
            long number =
                    transaction.propose(MAIN, head, "me", "", SystemState.EMPTY).number();
            if (commit) {
                transaction.moveHead(number, true, Optional.empty());
            }
            transaction.commit();
            return number;
        }
    }

    private void assertFinds(String sql, String... finding) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        }
        assertThat(store.verify(Progress.NONE).problems()).containsExactlyInAnyOrder(finding);
    }

    @Test
    void headOnAProposal_isFound() throws SQLException {
        propose(2, false);
        assertThat(store.verify(Progress.NONE).clean()).isTrue();
        assertFinds(
                "UPDATE mainstay.channel SET head = 3",
                "Channel main points at generation 3, which is proposed and was never committed");
    }

    @Test
    void headOnWhatFailedInPlaceOfItsCommit_isFound() throws SQLException {
        assertFinds(
                "UPDATE mainstay.generation SET state = 'FAILED', claimed_by = 'a node' WHERE number = 2",
                "Channel main points at generation 2, which is failed and was never committed");
    }

    @Test
    void committedGenerationThatNoHeadLeadsTo_isFound() throws SQLException {
        assertFinds("UPDATE mainstay.channel SET head = 1", "Generation 2 is proven, and no channel leads to it");
    }

    @Test
    void headOnNothing_isFound() throws SQLException {
        assertFinds(
                "UPDATE mainstay.channel SET head = 9",
                "Channel main points at generation 9, which is not there or corrupt",
                "Generation 1 is proven, and no channel leads to it",
                "Generation 2 is proven, and no channel leads to it");
    }

    @Test
    void numberThatWasNotGivenOut_isFound() throws SQLException {
        assertFinds(
                "UPDATE mainstay.sequence SET next_number = 2",
                "Generation 2 is there, and the next to be made has number 2");
    }

    @Test
    void headOfAnotherChannel_isFound() throws SQLException {
        assertFinds(
                "INSERT INTO mainstay.channel (name, head) VALUES ('other', 2)",
                "Channel other points at generation 2, which was made for channel main");
    }
}
