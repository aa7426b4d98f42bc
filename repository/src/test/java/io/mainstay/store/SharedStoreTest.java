package io.mainstay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.mainstay.TestBundles;
import io.mainstay.intake.CheckedBundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.derby.drda.NetworkServerControl;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An embedded store that another process shares on the loopback address, and who is let in. */
class SharedStoreTest {
    @TempDir
    private static Path folder;

    private static SharingProcess process;
    private static StoreOptions access;
    private static int port;

    @BeforeAll
    static void share() throws IOException {
        process = SharingProcess.start("", "jdbc:derby:" + folder.resolve("store"));
        access = process.access();
        Matcher url = Pattern.compile("jdbc:derby://127\\.0\\.0\\.1:(\\d+)/.*").matcher(access.url());
        assertThat(url.matches()).as(access.url()).isTrue();
        port = Integer.parseInt(url.group(1));
    }

    @AfterAll
    static void end() throws Exception {
        process.close();
    }

    @Test
    void sharedStore_isReadAndWrittenFromAnotherProcess() throws IOException {
        CheckedBundle bundle = TestBundles.bundle("a", "1").checked();
        try (Store store = Store.open(access)) {
            try (StoreTransaction transaction = store.begin()) {
                transaction.put(bundle.content(), bundle.source(), bundle.index());
                transaction.commit();
            }
            assertThat(store.embedded()).isFalse();
            assertThat(store.sharedAccess()).isEmpty();
        }
        try (Store again = Store.open(access)) {
            assertThat(again.contents().read(bundle.content().digest()))
                    .isEqualTo(bundle.source().open().readAllBytes());
        }
    }

    @Test
    void embeddedOpening_isToldThatAnotherProcessHoldsIt() {
        assertThatThrownBy(() -> Store.open(StoreOptions.of("jdbc:derby:" + folder.resolve("store"))))
                .isInstanceOf(StoreHeldException.class)
                .hasMessageContaining("another process holds it");
    }

    @Test
    void wrongPassword_isRefused() {
        for (StoreOptions options : List.of(
                access.as("mainstay", "wrong"),
                access.as("other", access.password().orElseThrow()),
                new StoreOptions(access.url(), Optional.empty(), Optional.empty(), false, false))) {
            assertThatThrownBy(() -> Store.open(options).close())
                    .isInstanceOf(StoreUnreachableException.class)
                    .hasMessageContaining("the database refused the user or password");
        }
    }

    @Test
    void refusal_doesNotTellThePassword() {
        assertThatThrownBy(() ->
                        Store.open(access.as("mainstay", "my-wrong-secret")).close())
                .message()
                .doesNotContain("my-wrong-secret", access.password().orElseThrow());
        assertThat(access.toString()).doesNotContain(access.password().orElseThrow());
    }

    @Test
    void stranger_canNeitherMakeNorOpenAnotherDatabase() {
        String server = "jdbc:derby://127.0.0.1:" + port + "/";
        for (String database : List.of(folder.resolve("other").toString(), "memory:other", "other")) {
            for (String credentials :
                    List.of("", ";user=mainstay;password=wrong", ";user=APP;password=APP", ";user=mainstay")) {
                assertThatThrownBy(() -> DriverManager.getConnection(server + database + ";create=true" + credentials)
                                .close())
                        .isInstanceOf(SQLException.class);
            }
        }
        assertThat(folder.resolve("other")).doesNotExist();
        assertThat(Path.of("other")).doesNotExist();
    }

    @Test
    void stranger_cannotEndTheServer() throws Exception {
        assertThatThrownBy(() -> new NetworkServerControl(InetAddress.getLoopbackAddress(), port).shutdown())
                .isInstanceOf(Exception.class);
        assertThatThrownBy(() -> new NetworkServerControl(InetAddress.getLoopbackAddress(), port, "mainstay", "wrong")
                        .shutdown())
                .isInstanceOf(Exception.class);
        assertThatThrownBy(() -> DriverManager.getConnection(access.url() + ";shutdown=true")
                        .close())
                .isInstanceOf(SQLException.class);

        Store.open(access).close();
        assertThat(process.isAlive()).isTrue();
    }

    /** Derby itself asks nobody for a password who sends it commands, and a trace holds what others say. */
    @Test
    void strangersCommands_areRefused_allOfThem() throws Exception {
        Path traces = Files.createDirectory(folder.resolve("traces"));
        NetworkServerControl stranger = new NetworkServerControl(InetAddress.getLoopbackAddress(), port);

        assertThatThrownBy(() -> stranger.setTraceDirectory(traces.toString())).isInstanceOf(Exception.class);
        assertThatThrownBy(() -> stranger.trace(true)).isInstanceOf(Exception.class);
        assertThatThrownBy(stranger::getRuntimeInfo).isInstanceOf(Exception.class);
        assertThatThrownBy(stranger::getSysinfo).isInstanceOf(Exception.class);
        assertThatThrownBy(stranger::ping).isInstanceOf(Exception.class);
        Store.open(access).close();
        assertThat(traces).isEmptyDirectory();
    }

    @Test
    void filesOfTheStore_areForTheOwnerAlone() throws IOException {
        assertForTheOwnerAlone(folder.resolve("store"));
    }

    private static void assertForTheOwnerAlone(Path root) throws IOException {
        assumeThat(root.getFileSystem().supportedFileAttributeViews()).contains("posix");
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.getPosixFilePermissions(file))
                            .isSubsetOf(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        }
    }

    @Test
    void server_listensOnTheLoopbackAddressAlone() throws IOException {
        List<InetAddress> others = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .toList();
        assumeThat(others)
                .as("this machine has an address but the loopback one")
                .isNotEmpty();

        assertThat(answers(InetAddress.getLoopbackAddress())).isTrue();
        assertThat(others).noneMatch(SharedStoreTest::answers);
    }

    private static boolean answers(InetAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), 2_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void storeThatWasOpenUnguarded_isGuardedOrNotShared() throws IOException {
        String database = folder.resolve("late").toString();
        try (SharingProcess late = SharingProcess.start("jdbc:derby:" + database, "jdbc:derby:" + database)) {
            String url = late.line();
            if (url.startsWith("refused: ")) {
                assertThat(url).contains("Cannot share a store from this process: Derby ran in it before");
                return;
            }
            String server = url.replaceFirst("(//[^/]*/).*", "$1");
            for (String stranger : List.of(database, "memory:new;create=true")) {
                assertThatThrownBy(() ->
                                DriverManager.getConnection(server + stranger).close())
                        .as(stranger)
                        .isInstanceOf(SQLException.class);
            }
        }
    }

    @Test
    void storeThatCouldNotBeOpened_isLetGo() throws Exception {
        String url = "jdbc:derby:" + folder.resolve("future");
        Store.open(StoreOptions.of(url)).close();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO mainstay.schema_version (version) VALUES (99)");
        }
        assertThatThrownBy(() -> Store.open(StoreOptions.of(url))).isInstanceOf(SchemaTooNewException.class);

        try (SharingProcess other = SharingProcess.start("", url)) {
            assertThat(other.line()).startsWith("refused: ").contains("version 99");
        }
    }
}
