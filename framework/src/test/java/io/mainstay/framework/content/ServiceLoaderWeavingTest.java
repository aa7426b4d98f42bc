package io.mainstay.framework.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.store.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.osgi.framework.hooks.weaving.WeavingHook;

class ServiceLoaderWeavingTest {
    /** Calls it by name only. */
    private static final class User {
        static Iterable<Runnable> load() {
            return ServiceLoader.load(Runnable.class);
        }
    }

    private static boolean names(Class<?> type) throws IOException {
        try (InputStream in =
                type.getResourceAsStream(type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class")) {
            return ServiceLoaderWeaving.names(in.readAllBytes());
        }
    }

    @Test
    void onlyClassesThatNameServiceLoader_mayCallIt() throws IOException {
        assertThat(User.load()).isNotNull();
        assertThat(names(User.class)).isTrue();
        assertThat(names(Digest.class)).isFalse();
        assertThat(ServiceLoaderWeaving.names(new byte[0])).isFalse();
        assertThat(ServiceLoaderWeaving.names("java/util/ServiceLoade".getBytes()))
                .isFalse();
    }

    @Test
    void theName_isFoundWhereverItStands() {
        Random random = new Random(1);
        String name = "java/util/ServiceLoader";
        int found = 0;
        for (int i = 0; i < 10_000; i++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < 60) {
                int from = random.nextInt(name.length());
                text.append(name, from, from + random.nextInt(name.length() - from + 1));
                text.append(random.nextInt(40) == 0 ? name : "");
            }
            boolean there = text.toString().contains(name);
            assertThat(ServiceLoaderWeaving.names(text.toString().getBytes(StandardCharsets.US_ASCII)))
                    .as(text.toString())
                    .isEqualTo(there);
            found += there ? 1 : 0;
        }
        assertThat(found).isBetween(1000, 9000);
    }

    @Test
    void otherHooks_areLeftAsTheyAre() {
        WeavingHook other = woven -> {};
        assertThat(ServiceLoaderWeaving.of(null, other)).isSameAs(other);
        assertThat(ServiceLoaderWeaving.of(null, "no hook")).isEqualTo("no hook");
    }
}
