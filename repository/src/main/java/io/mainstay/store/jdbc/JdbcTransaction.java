package io.mainstay.store.jdbc;

import io.mainstay.store.Content;
import io.mainstay.store.ContentIndex;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.GenerationState;
import io.mainstay.store.NodeRecord;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreTransaction;
import io.mainstay.store.SystemState;
import io.mainstay.store.spi.Milestone;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transaction on one connection.
 *
 * <p>Locks are taken in one order, so that deployers, nodes and gc never wait in a circle: content rows, then the
 * sequence's row, then the channel's row, then the node's row.
 */
final class JdbcTransaction implements StoreTransaction {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcTransaction.class);

    /** What has worked on a node stays proven, whoever takes that node for dead. */
    private static final Set<GenerationState> MAY_FAIL =
            EnumSet.of(GenerationState.PROPOSED, GenerationState.COMMITTED, GenerationState.FAILED);

    private enum State {
        OPEN,
        /** Half of something is written; all that is left is to take it back. */
        BROKEN,
        COMMITTED,
        CLOSED
    }

    /** From where a head is moved, and from where a proposal is overtaken. */
    private static final Set<GenerationState> PROPOSED = Set.of(GenerationState.PROPOSED);

    private final Database database;
    private final ContentTable contents;
    private final Runnable committed;
    private final Connection connection;
    /** Whether a channel has news. */
    private boolean touched;

    private State state = State.OPEN;

    JdbcTransaction(Database database, ContentTable contents, Runnable committed) {
        this.database = database;
        this.contents = contents;
        this.committed = committed;
        this.connection = database.connect();
    }

    @Override
    public boolean put(Content content, ContentSource source, ContentIndex index) throws IOException {
        requireOpen();
        state = State.BROKEN;
        try {
            boolean written = contents.put(connection, content, source, index);
            state = State.OPEN;
            return written;
        } catch (SQLException e) {
            throw SqlStates.translate("store " + content.label() + " in", database.url(), e);
        }
    }

    @Override
    public GenerationRecord propose(
            String channel, long expectedHead, String author, String message, SystemState system) {
        return on("commit to", () -> {
            long number = takeNumber();
            Milestone.NUMBER_TAKEN.reached();
            GenerationTable.lock(connection, channel);
            long head = GenerationTable.headNumber(connection, channel);
            if (head != expectedHead) {
                throw GenerationTable.conflict(connection, channel, expectedHead);
            }
            requireContents(system);
            Optional<Generation.Parent> parent = GenerationTable.find(connection, head)
                    .map(record -> record.generation().asParent());
            Instant now = Instant.ofEpochMilli(database.now(connection));
            GenerationRecord record = new GenerationRecord(
                    new Generation(number, parent, author, message, now, system),
                    channel,
                    GenerationState.PROPOSED,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    true,
                    false);
            GenerationTable.insert(connection, record);
            Milestone.GENERATION_INSERTED.reached();
            touched = true;
            return record;
        });
    }

    private long takeNumber() throws SQLException {
        Sql.update(connection, "UPDATE sequence SET next_number = next_number + 1");
        return Sql.first(connection, "SELECT next_number FROM sequence", row -> row.getLong(1))
                        .orElseThrow()
                - 1;
    }

    /**
     * Asks for each content by its key: Derby reads a short table as a whole for a list of keys, and would wait for rows
     * that others are writing, who wait for the sequence that this transaction has.
     */
    private void requireContents(SystemState system) throws SQLException {
        for (GenerationEntry entry : system.entries()) {
            if (!ContentTable.isThere(connection, entry.content())) {
                throw new ContentMissingException(entry.label(), entry.content());
            }
        }
    }

    @Override
    public void force(long number) {
        on("write to", () -> {
            GenerationTable.force(connection, number);
            return null;
        });
    }

    @Override
    public void restore(GenerationRecord record) {
        on("restore history to", () -> {
            String channel = record.channel();
            long number = record.number();
            Sql.update(
                    connection,
                    "UPDATE sequence SET next_number = CASE WHEN next_number > ? THEN next_number ELSE ? END",
                    number,
                    number + 1);
            GenerationTable.lock(connection, channel);
            GenerationTable.insert(connection, record);
            if (record.state() == GenerationState.COMMITTED || record.state() == GenerationState.PROVEN) {
                long from = record.generation()
                        .parent()
                        .map(Generation.Parent::number)
                        .orElse(0L);
                if (!GenerationTable.moveHead(connection, channel, from, number)) {
                    throw GenerationTable.conflict(connection, channel, from);
                }
            }
            touched = true;
            return null;
        });
    }

    @Override
    public boolean claim(long number, String node, Duration lease) {
        return on("claim a generation in", () -> {
            long now = database.now(connection);
            boolean claimed = GenerationTable.claim(connection, number, node, now, now + lease.toMillis());
            Milestone.CLAIM_WRITTEN.reached();
            return claimed;
        });
    }

    @Override
    public void moveHead(long number, boolean proven, Optional<String> report) {
        on("commit to", () -> {
            GenerationRecord record = require(number);
            long from =
                    record.generation().parent().map(Generation.Parent::number).orElse(0L);
            if (record.state() != GenerationState.PROPOSED
                    || !GenerationTable.moveHead(connection, record.channel(), from, number)) {
                throw GenerationTable.conflict(connection, record.channel(), from);
            }
            Milestone.HEAD_MOVED.reached();
            GenerationState reached = proven ? GenerationState.PROVEN : GenerationState.COMMITTED;
            if (!GenerationTable.settle(connection, number, PROPOSED, reached, Optional.empty(), report)) {
                state = State.BROKEN;
                throw GenerationTable.conflict(connection, record.channel(), from);
            }
            Milestone.GENERATION_SETTLED.reached();
            touched = true;
            return null;
        });
    }

    @Override
    public void prove(long number, Optional<String> report) {
        settle(number, EnumSet.allOf(GenerationState.class), GenerationState.PROVEN, Optional.empty(), report);
    }

    @Override
    public void fail(long number, String cause, Optional<String> report) {
        settle(number, MAY_FAIL, GenerationState.FAILED, Optional.of(cause), report);
    }

    @Override
    public void overtake(long number) {
        settle(number, PROPOSED, GenerationState.OVERTAKEN, Optional.empty(), Optional.empty());
    }

    private void settle(
            long number,
            Set<GenerationState> from,
            GenerationState reached,
            Optional<String> cause,
            Optional<String> report) {
        on("write to", () -> {
            GenerationRecord record = require(number);
            if (GenerationTable.settle(connection, number, from, reached, cause, report)) {
                touched = true;
            }
            Milestone.GENERATION_SETTLED.reached();
            return null;
        });
    }

    @Override
    public void remark(long number, String remark) {
        on("write to", () -> {
            GenerationTable.remark(connection, number, remark);
            return null;
        });
    }

    @Override
    public void report(NodeRecord node) {
        on("write the node to", () -> {
            state = State.BROKEN;
            NodeTable.report(connection, node, database.now(connection));
            state = State.OPEN;
            return null;
        });
    }

    private GenerationRecord require(long number) throws SQLException {
        return GenerationTable.find(connection, number)
                .orElseThrow(() -> new StoreException("There is no generation " + number + " in " + database.url()));
    }

    @Override
    public void commit() {
        on("commit to", () -> {
            Milestone.COMMITTING.reached();
            connection.commit();
            return null;
        });
        state = State.COMMITTED;
        Milestone.COMMITTED.reached();
        if (touched) {
            committed.run();
        }
        Milestone.LISTENERS_TOLD.reached();
    }

    @Override
    public void close() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        try (connection) {
            connection.rollback();
        } catch (SQLException e) {
            LOG.warn("Taking back a transaction on {} failed; the database does so when it notices", database.url(), e);
        }
    }

    @FunctionalInterface
    private interface Work<T> {
        T run() throws SQLException;
    }

    private <T> T on(String action, Work<T> work) {
        requireOpen();
        try {
            return work.run();
        } catch (SQLException e) {
            throw SqlStates.translate(action, database.url(), e);
        }
    }

    private void requireOpen() {
        if (state != State.OPEN) {
            throw new IllegalStateException(
                    "This transaction is " + state.name().toLowerCase(java.util.Locale.ROOT));
        }
    }
}
