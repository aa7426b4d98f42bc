package io.mainstay.store.spi;

import java.util.function.Consumer;

/**
 * A point that a process may die at, so that tests can let it die there. Between any two durable effects of making a
 * store, committing, booting and applying there is one; this is the list of them, in the order of a bundle's way. Nothing
 * else follows from reaching one, and without an observer reaching one costs the reading of a field.
 *
 * <p>Thread-safe.
 */
public enum Milestone {
    /** The tables of a new store are made, in a transaction that is not committed yet. */
    TABLES_MADE,
    /** A new embedded database is complete, and has not got its name yet. */
    DATABASE_FILLED,
    /** A new embedded database has its name. */
    DATABASE_NAMED,
    /** A store is open. */
    STORE_OPENED,

    /** A content has its row, and no bytes yet. */
    CONTENT_BEGUN,
    /** A content has its row and bytes, and no capabilities yet. */
    CONTENT_WRITTEN,
    /** A content is stored, in a transaction that is not committed yet. */
    CONTENT_STORED,
    /** A generation's number is taken. */
    NUMBER_TAKEN,
    /** A proposal is inserted. */
    GENERATION_INSERTED,
    /** A node has written its claim. */
    CLAIM_WRITTEN,
    /** A head is moved, to a generation that still says that it is a proposal. */
    HEAD_MOVED,
    /** A generation says what became of it. */
    GENERATION_SETTLED,
    /** All of a transaction is done, and nothing of it is durable. */
    COMMITTING,
    /** A transaction is durable, and nobody has been told. */
    COMMITTED,
    /** Who listens in this process has been told of a commit. */
    LISTENERS_TOLD,

    /** A node has written its row. */
    NODE_WRITTEN,
    /** A boot has the head's content in memory. */
    BOOT_LOADED,
    /** A boot has installed one more bundle. */
    BOOT_INSTALLED,
    /** Felix has started, and what came of it has not been looked at. */
    BOOT_STARTED,
    /** A node follows its channel. */
    FOLLOWING,

    /** A change's content is in memory. */
    CONTENTS_LOADED,
    /** One more bundle is stopped. */
    BUNDLE_STOPPED,
    /** One more bundle is uninstalled. */
    BUNDLE_UNINSTALLED,
    /** One more bundle is updated. */
    BUNDLE_UPDATED,
    /** One more bundle is installed. */
    BUNDLE_INSTALLED,
    /** The bundles of a change are wired anew. */
    BUNDLES_REFRESHED,
    /** The bundles of a change are resolved. */
    BUNDLES_RESOLVED,
    /** One more bundle is started. */
    BUNDLE_STARTED,
    /** A change is applied and found good, and the store does not know. */
    APPLIED;

    private static volatile Consumer<Milestone> observer;

    /** Sets who is told of each milestone, on the thread that reaches it; null for nobody. One for all of the process. */
    public static void observe(Consumer<Milestone> told) {
        observer = told;
    }

    /** Says that this is reached. */
    public void reached() {
        Consumer<Milestone> told = observer;
        if (told != null) {
            told.accept(this);
        }
    }
}
