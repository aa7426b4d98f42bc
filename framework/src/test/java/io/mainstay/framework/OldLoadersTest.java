package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Class loaders of replaced code go when nobody holds an object of it. */
@Timeout(300)
class OldLoadersTest extends FrameworkTest {
    private void eachApplied(TestJar... jars) throws Exception {
        for (TestJar jar : jars) {
            applied(jar);
        }
    }

    private static TestJar user(String version) {
        return Journal.bundle("user", version, "lib")
                .seeing(Journal.api("lib", "1.0.0"))
                .entry("user/text.txt", version)
                .code(
                        "package user; public class Holder implements java.util.concurrent.Callable<Object> {"
                                + " public Object call() { return Late.say(); } }",
                        "package user; class Late { static Object say() { return lib.Api.say(); } }");
    }

    @SuppressWarnings("unchecked")
    private Callable<Object> holder() throws ReflectiveOperationException {
        return (Callable<Object>) mainstay.context()
                .getBundle("mainstay:user")
                .loadClass("user.Holder")
                .getConstructor()
                .newInstance();
    }

    private static boolean isCollected(WeakReference<?> reference) throws InterruptedException {
        for (int i = 0; i < 50 && reference.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        return reference.get() == null;
    }

    /** What holds the packed jar: the loader's revision has Felix's content, which has ours, which has the bytes. */
    private static Object bytes(Callable<Object> object) throws ReflectiveOperationException {
        ClassLoader loader = object.getClass().getClassLoader();
        Object revision = field(loader, "revision");
        Object content = revision.getClass().getMethod("getContent").invoke(revision);
        return field(field(content, "m_content"), "bytes");
    }

    private static Object field(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    @Test
    void oldLoaders_andTheirBytes_areCollectedWithTheLastObject() throws Exception {
        eachApplied(Journal.api("lib", "1.0.0"), user("1.0.0"));
        List<Callable<Object>> held = new ArrayList<>(List.of(holder()));
        WeakReference<ClassLoader> user =
                new WeakReference<>(held.get(0).getClass().getClassLoader());
        WeakReference<ClassLoader> lib =
                new WeakReference<>(user.get().loadClass("lib.Api").getClassLoader());
        WeakReference<Object> bytes = new WeakReference<>(bytes(held.get(0)));
        assertThat(held.get(0).getClass().getResource("text.txt")).isNotNull();

        eachApplied(Journal.api("lib", "2.0.0"), user("2.0.0"));
        assertThat(held.get(0).call()).isEqualTo("lib 1.0.0");
        assertThat(holder().call()).isEqualTo("lib 2.0.0");
        assertThat(List.of(isCollected(user), isCollected(lib), isCollected(bytes)))
                .as("while an object is held")
                .containsExactly(false, false, false);

        held.clear();
        assertThat(List.of(isCollected(user), isCollected(lib), isCollected(bytes)))
                .as("when none is held")
                .containsExactly(true, true, true);
    }

    @Test
    void heldUrl_keepsTheContent_andNotTheLoader() throws Exception {
        eachApplied(Journal.api("lib", "1.0.0"), user("1.0.0"));
        WeakReference<ClassLoader> loader =
                new WeakReference<>(holder().getClass().getClassLoader());
        URL url = loader.get().getResource("user/text.txt");

        eachApplied(user("2.0.0"));

        assertThat(isCollected(loader)).isTrue();
        try (var in = url.openStream()) {
            assertThat(in.readAllBytes()).asString().isEqualTo("1.0.0");
        }
    }

    @Test
    void userThatIsGone_isNotKeptByItsProvider() throws Exception {
        eachApplied(Journal.api("lib", "1.0.0"), user("1.0.0"));
        WeakReference<ClassLoader> user =
                new WeakReference<>(holder().getClass().getClassLoader());
        Object ofProvider = user.get().loadClass("lib.Api").getConstructor().newInstance();

        eachApplied(Journal.api("lib", "2.0.0"));

        assertThat(isCollected(user)).isTrue();
        Reference.reachabilityFence(ofProvider);
    }

    @Test
    void twoHundredUpdates_leaveNoClassesBehind() throws Exception {
        eachApplied(Journal.api("lib", "1.0.0"), user("1.0.0"));
        updates(10, null);
        long before = loadedClasses();

        updates(200, null);
        assertThat(loadedClasses() - before).as("growth").isLessThan(100);

        long without = loadedClasses(); // classes of earlier tests may have gone meanwhile
        List<Object> held = new ArrayList<>();
        updates(40, held);
        assertThat(loadedClasses() - without).as("growth when all are held").isGreaterThanOrEqualTo(100);
        Reference.reachabilityFence(held);
    }

    /** Goes to and fro between two versions, an even number of times; {@code held} may be null. */
    private void updates(int count, List<Object> held) throws Exception {
        List<TestJar> versions = List.of(user("2.0.0"), user("1.0.0"));
        for (int i = 0; i < count; i++) {
            Callable<Object> old = holder();
            eachApplied(versions.get(i % 2));
            assertThat(old.call()).isEqualTo("lib 1.0.0");
            if (held != null) {
                held.add(old);
            }
        }
    }

    /** {@return the least that several collections leave} */
    private static long loadedClasses() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            System.gc();
            Thread.sleep(20);
            least = Math.min(least, ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
        }
        return least;
    }
}
