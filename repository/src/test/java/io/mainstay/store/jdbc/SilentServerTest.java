package io.mainstay.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.store.Store;
import io.mainstay.store.StoreOptions;
import io.mainstay.store.StoreUnreachableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that takes connections and says nothing, as behind a cut cable. */
@Timeout(60)
class SilentServerTest {

    @Test
    void opening_isGivenUp_onEachEngine() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + silent.getLocalPort();
            for (String url : new String[] {"jdbc:derby://" + address + "/x", "jdbc:postgresql://" + address + "/x"}) {
                assertThatThrownBy(() -> Store.open(StoreOptions.of(url)))
                        .as(url)
                        .isInstanceOf(StoreUnreachableException.class);
            }
        }
    }

    @Test
    void opening_keepsNobodyElseWaiting() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> waiting = CompletableFuture.runAsync(
                    () -> Store.open(StoreOptions.of("jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/x"))
                            .close());
            try (Socket held = silent.accept()) {
                Store.open(StoreOptions.of("jdbc:derby:memory:not-waiting")).close();

                assertThat(held.isConnected()).isTrue();
                assertThat(waiting).isNotDone();
                assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(StoreUnreachableException.class);
            }
        }
    }
}
