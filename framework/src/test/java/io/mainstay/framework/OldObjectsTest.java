package io.mainstay.framework;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.NativeLibrary;
import io.mainstay.framework.fixture.TestJar;
import java.io.ByteArrayInputStream;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;

/** Objects of code that was replaced go on, with what their bundle was wired to. */
@Timeout(60)
class OldObjectsTest extends FrameworkTest {
    /** Of the bundle {@code user}; calls {@code user.Late}, which no one has loaded before. */
    private static final String HOLDER = "package user;"
            + " public class Holder implements java.util.function.Function<String, Object> {"
            + " public Object apply(String argument) { return Late.say(argument); } }";

    private static final int MANY = 2000;

    private Bundle bundle(String name) {
        return mainstay.context().getBundle("mainstay:" + name);
    }

    @SuppressWarnings("unchecked")
    private Function<String, Object> holder() throws ReflectiveOperationException {
        return (Function<String, Object>)
                bundle("user").loadClass("user.Holder").getConstructor().newInstance();
    }

    private static TestJar user(String version) {
        return TestJar.bundle("user", version).code(HOLDER);
    }

    /** What a class does when it is called. */
    private static String late(String body) {
        return "package user; public class Late { public static Object say(String argument) { try { " + body
                + " } catch (Exception e) { throw new IllegalStateException(e); } } }";
    }

    private static TestJar saying(String version) {
        return user(version).code(late("return \"" + version + "\";"));
    }

    /** A bundle with a package of its name; its one class says the version, by way of one that is loaded then. */
    private static TestJar lib(String name, String version) {
        return TestJar.bundle(name, version)
                .header("Export-Package", name)
                .code(
                        "package " + name + "; public class Api { public static String say() { return Deep.say(); } }",
                        "package " + name + "; class Deep { static String say() { return \"" + name + " " + version
                                + "\"; } }");
    }

    private static TestJar userOf(String name) {
        return userOf(name, "Import-Package", name);
    }

    private static TestJar userOf(String name, String header, String value) {
        return user("1.0.0")
                .seeing(lib(name, "1.0.0"))
                .header(header, value)
                .code(late("return " + name + ".Api.say();"));
    }

    @Test
    void ownClass_isLoaded_intoTheSamePackage() throws Exception {
        TestJar first = user("1.0.0")
                .header("Specification-Title", "Olden times")
                .code(
                        late("return new Class<?>[] {Late.class, Inside.class};"),
                        "package user; class Inside {}",
                        "package user.more; public class More {}");
        applied(first);
        Function<String, Object> old = holder();

        applied(saying("2.0.0"));

        Class<?> before = old.getClass();
        for (Class<?> after : (Class<?>[]) old.apply("")) {
            assertThat(after.getClassLoader()).isSameAs(before.getClassLoader());
            assertThat(after.getPackage()).isSameAs(before.getPackage());
            assertThat(after.getProtectionDomain()).isSameAs(before.getProtectionDomain());
        }
        Class<?> more = before.getClassLoader().loadClass("user.more.More");
        assertThat(more.getPackage().getSpecificationTitle()).isEqualTo("Olden times");
        assertThat(holder().apply("")).isEqualTo("2.0.0");
    }

    @Test
    void ownClasses_areLoaded_fromAllOfTheClassPath() throws Exception {
        String named = "package %s; public class %s { public static String say() { return \"%s\"; } }";
        applied(
                user("1.0.0")
                        .header("Multi-Release", "true")
                        .header("Bundle-ClassPath", ".,lib/inner.jar,classes")
                        .code(
                                late("return Class.forName(argument).getMethod(\"say\").invoke(null);"),
                                named.formatted("user", "Newer", "base"))
                        .codeAt("META-INF/versions/9/", named.formatted("user", "Newer", "nine"))
                        .inner("lib/inner.jar", TestJar.plain().code(named.formatted("inner", "Jar", "inner jar")))
                        .entry("classes/", "")
                        .codeAt("classes/", named.formatted("folder", "Folder", "folder")),
                TestJar.fragment("part", "user").code(named.formatted("part", "Part", "fragment")));
        Function<String, Object> old = holder();

        applied(saying("2.0.0"));

        assertThat(old.apply("user.Newer")).isEqualTo("nine");
        assertThat(old.apply("inner.Jar")).isEqualTo("inner jar");
        assertThat(old.apply("folder.Folder")).isEqualTo("folder");
        assertThat(old.apply("part.Part")).isEqualTo("fragment");
    }

    private static TestJar resources(String version) {
        return user(version)
                .header("Bundle-ClassPath", ".,lib/inner.jar")
                .inner("lib/inner.jar", TestJar.plain().entry("user/text.txt", "inner " + version))
                .entry("user/text.txt", "text " + version)
                .entry("user/words.properties", "word = " + version)
                .entry("META-INF/services/java.lang.Runnable", "user.Provider")
                .code(
                        late("return java.util.ResourceBundle.getBundle(\"user.words\").getString(\"word\");"),
                        "package user; public class Provider implements Runnable { public void run() {}"
                                + " public String toString() { return \"" + version + "\"; } }");
    }

    private static String read(URL url) throws Exception {
        try (var in = url.openStream()) {
            return new String(in.readAllBytes(), ISO_8859_1);
        }
    }

    @Test
    void resources_areThoseOfTheOldContent() throws Exception {
        applied(resources("1.0.0"));
        Function<String, Object> old = holder();
        Class<?> type = old.getClass();
        URL held = type.getResource("text.txt");
        URL listed = Collections.list(type.getClassLoader().getResources("user/text.txt"))
                .get(1);

        applied(resources("2.0.0"));

        assertThat(read(type.getResource("text.txt"))).isEqualTo("text 1.0.0");
        assertThat(read(new URL(type.getResource("words.properties"), "text.txt")))
                .isEqualTo("text 1.0.0");
        try (var in = type.getResourceAsStream("/user/text.txt")) {
            assertThat(in.readAllBytes()).asString().isEqualTo("text 1.0.0");
        }
        List<URL> all = Collections.list(type.getClassLoader().getResources("user/text.txt"));
        assertThat(all).hasSize(2).first().isEqualTo(held);
        assertThat(read(all.get(1))).isEqualTo("inner 1.0.0");
        assertThat(all.get(0).openConnection().getContentLength()).isEqualTo("text 1.0.0".length());
        assertThat(all.get(0).openConnection().getLastModified()).isPositive();
        assertThat(type.getResource("text.missing")).isNull();
        assertThat(old.apply("")).as("of a resource bundle").isEqualTo("1.0.0");
        assertThat(read(held)).as("of a URL made before").isEqualTo("text 1.0.0");
        assertThat(read(listed)).as("of a URL made before").isEqualTo("inner 1.0.0");
        assertThat(read(holder().getClass().getResource("text.txt"))).isEqualTo("text 2.0.0");
    }

    @Test
    void serviceLoader_findsOldProviders() throws Exception {
        applied(resources("1.0.0"));
        Function<String, Object> old = holder();

        applied(resources("2.0.0"));

        ClassLoader loader = old.getClass().getClassLoader();
        assertThat(ServiceLoader.load(Runnable.class, loader).findFirst()).hasToString("Optional[1.0.0]");
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            assertThat(ServiceLoader.load(Runnable.class).findFirst()).hasToString("Optional[1.0.0]");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void importedClass_isTheOldOne_whenItsBundleIsUpdated() throws Exception {
        applied(lib("lib", "1.0.0"), userOf("lib"));
        Function<String, Object> old = holder();

        applied(lib("lib", "2.0.0"));

        assertThat(holder().apply("")).isEqualTo("lib 2.0.0");
        assertThat(old.apply("")).isEqualTo("lib 1.0.0");
    }

    @Test
    void importedClass_isTheOldOne_whenItsBundleIsOnlyWiredAnew() throws Exception {
        applied(lib("base", "1.0.0"), lib("lib", "1.0.0").header("Import-Package", "base"), userOf("lib"));
        Function<String, Object> old = holder();
        ClassLoader provider = bundle("lib").loadClass("lib.Api").getClassLoader();

        applied(lib("base", "2.0.0"));

        assertThat(old.apply("")).isEqualTo("lib 1.0.0");
        assertThat(old.getClass().getClassLoader().loadClass("lib.Api").getClassLoader())
                .isSameAs(provider)
                .isNotSameAs(bundle("lib").loadClass("lib.Api").getClassLoader());
    }

    @Test
    void importedClass_isTheOldOne_afterLaterChanges() throws Exception {
        applied(lib("lib", "1.0.0"), userOf("lib"));
        Function<String, Object> old = holder();

        applied(user("2.0.0").code(late("return 2;")));
        applied(lib("lib", "2.0.0"));
        applied(lib("lib", "3.0.0"));

        assertThat(old.apply("")).isEqualTo("lib 1.0.0");
    }

    @Test
    void importedClass_isLoaded_whenItsBundleIsRemoved() throws Exception {
        applied(lib("lib", "1.0.0"), userOf("lib"));
        Function<String, Object> old = holder();

        applied(Change.by("test").remove("lib").remove("user"));

        assertThat(mainstay.context().getBundle("mainstay:lib")).isNull();
        assertThat(old.apply("")).isEqualTo("lib 1.0.0");
    }

    @Test
    void classOfAnUnusedProvidersProvider_isTheOldOne() throws Exception {
        TestJar base = lib("base", "1.0.0");
        applied(
                base,
                TestJar.bundle("lib", "1.0.0")
                        .header("Import-Package", "base")
                        .header("Export-Package", "lib")
                        .seeing(base)
                        .code("package lib; public class Api extends base.Api {}"),
                userOf("lib"));
        Function<String, Object> old = holder();

        applied(lib("base", "2.0.0"), lib("lib", "2.0.0"));

        assertThat(old.apply("")).isEqualTo("base 1.0.0");
    }

    @Test
    void requiredBundles_andThoseThatTheyReexport_areSeen() throws Exception {
        applied(
                lib("lib", "1.0.0"),
                TestJar.bundle("middle", "1.0.0").header("Require-Bundle", "lib;visibility:=reexport"),
                userOf("lib", "Require-Bundle", "middle"));
        Function<String, Object> old = holder();

        applied(lib("lib", "2.0.0"));

        assertThat(old.apply("")).isEqualTo("lib 1.0.0");
        assertThat(holder().apply("")).isEqualTo("lib 2.0.0");
    }

    @Test
    void bundlesThatRequireEachOther_shareASplitPackage() throws Exception {
        String part = "package split; public class %s {}";
        applied(
                user("1.0.0")
                        .header("Require-Bundle", "other")
                        .header("Export-Package", "split;mandatory:=half;half=one")
                        .code(late("return Class.forName(argument).getSimpleName();"), part.formatted("One")),
                TestJar.bundle("other", "1.0.0")
                        .header("Require-Bundle", "user")
                        .header("Export-Package", "split;mandatory:=half;half=two")
                        .code(part.formatted("Two")));
        Function<String, Object> old = holder();

        applied(saying("2.0.0"));

        assertThat(old.apply("split.One")).isEqualTo("One");
        assertThat(old.apply("split.Two")).isEqualTo("Two");
        assertThatThrownBy(() -> old.apply("split.Three")).hasRootCauseInstanceOf(ClassNotFoundException.class);
    }

    @Test
    void dynamicImport_thatWasWired_leadsToTheOldClass_andOthersSayWhyNot() throws Exception {
        applied(
                lib("lib", "1.0.0"),
                lib("unused", "1.0.0"),
                user("1.0.0")
                        .header("DynamicImport-Package", "*")
                        .code(late("return Class.forName(argument).getMethod(\"say\").invoke(null);")));
        Function<String, Object> old = holder();
        bundle("user").loadClass("lib.Api");

        applied(lib("lib", "2.0.0"));

        assertThat(old.apply("lib.Api")).isEqualTo("lib 1.0.0");
        assertThatThrownBy(() -> old.apply("unused.Api"))
                .hasRootCauseInstanceOf(ClassNotFoundException.class)
                .rootCause()
                .hasMessage("unused.Api not found by user 1.0.0, which was replaced: its old code sees its own"
                        + " content, and what it was wired to before");
        assertThat(holder().apply("unused.Api")).isEqualTo("unused 1.0.0");
    }

    @Test
    void missingClass_isAnErrorWithAReason() throws Exception {
        applied(
                lib("lib", "1.0.0"),
                user("1.0.0")
                        .seeing(lib("lib", "1.0.0"))
                        .header("Import-Package", "lib;resolution:=optional;version=\"[9,10)\"")
                        .code(late("return lib.Api.say();")));
        Function<String, Object> old = holder();

        applied(saying("2.0.0"));

        assertThatThrownBy(() -> old.apply(""))
                .isInstanceOf(NoClassDefFoundError.class)
                .cause()
                .hasMessageStartingWith("lib.Api not found by user 1.0.0, which was replaced")
                .message()
                .hasLineCount(1);
    }

    @Test
    void hiddenClassOfAnExport_staysHidden() throws Exception {
        applied(
                TestJar.bundle("lib", "1.0.0")
                        .header("Export-Package", "lib;exclude:=\"Hidden*\"")
                        .code("package lib; public class HiddenOne {}", "package lib; public class Seen {}"),
                user("1.0.0").header("Import-Package", "lib").code(late("return Class.forName(argument);")));
        Function<String, Object> old = holder();

        applied(lib("lib", "2.0.0"));

        assertThat(old.apply("lib.Seen")).isNotNull();
        assertThatThrownBy(() -> old.apply("lib.HiddenOne"))
                .hasRootCauseInstanceOf(ClassNotFoundException.class)
                .hasMessageEndingWith("it had the package from lib 1.0.0, which does not export it");
    }

    @Test
    void classesOfTheHost_areSeen() throws Exception {
        mainstay.close();
        properties.put("felix.bootdelegation.implicit", "false");
        mainstay = Mainstay.open(properties).start();
        applied(user("1.0.0")
                .header("Import-Package", Journal.class.getPackageName())
                .code(
                        late("java.lang.reflect.Method method = Late.class.getMethod(\"say\", String.class);"
                                + " if (argument.isEmpty()) return \"\";"
                                + " for (int i = 0; i < 40; i++) method.invoke(null, \"\");"
                                + " java.lang.reflect.Proxy.newProxyInstance(Late.class.getClassLoader(),"
                                + " new Class<?>[] {Runnable.class, Shape.class}, (a, b, c) -> null);"
                                + " Runnable run = () -> " + Journal.class.getName() + ".note(argument); run.run();"
                                + " return new java.sql.Date(0).getTime();"),
                        "package user; interface Shape {}"));
        Function<String, Object> old = holder();

        applied(saying("2.0.0"));

        assertThat(old.apply("late")).isEqualTo(0L);
        assertThat(Journal.take()).containsExactly("late");
    }

    @Test
    void substitutedExport_leadsToTheOldClassOfTheOther() throws Exception {
        applied(lib("lib", "1.5.0"));
        applied(userOf("lib", "Import-Package", "lib")
                .header("Export-Package", "lib")
                .code("package lib; public class Api { public static String say() { return \"own\"; } }"));
        Function<String, Object> old = holder();

        applied(lib("lib", "2.0.0"));

        assertThat(old.apply("")).isEqualTo("lib 1.5.0");
    }

    @Test
    void systemClassPath_isSeen_whereTheFrameworkSaysSo() throws Exception {
        mainstay.close();
        properties.put("org.osgi.framework.bootdelegation", "io.mainstay.framework.greeting");
        properties.put("org.osgi.framework.bundle.parent", "app");
        mainstay = Mainstay.open(properties).start();
        applied(user("1.0.0").code(late("return Class.forName(argument);")));
        Function<String, Object> old = holder();

        applied(saying("2.0.0"));

        assertThat(old.apply("io.mainstay.framework.greeting.Greeter"))
                .isEqualTo(io.mainstay.framework.greeting.Greeter.class);
        assertThatThrownBy(() -> old.apply("org.junit.jupiter.api.Test"))
                .as("a bundle is no stranger that the framework's class path is open for")
                .hasRootCauseInstanceOf(ClassNotFoundException.class);
        assertThat(Class.forName(
                        "org.junit.jupiter.api.Test", false, old.getClass().getClassLoader()))
                .as("code of no bundle is, as on Felix")
                .isEqualTo(Test.class);
    }

    /** A bundle with many classes, so that some of them are loaded at any moment of a reset. */
    private static TestJar many(String name) {
        String[] sources = new String[MANY];
        for (int i = 0; i < MANY; i++) {
            sources[i] = "package " + name + "; public class C" + i + " {}";
        }
        return TestJar.bundle(name, "1.0.0").header("Export-Package", name).code(sources);
    }

    @Test
    void classes_areLoaded_atAnyMomentOfAReset() throws Exception {
        applied(many("lib"), many("own").header("Import-Package", "lib"));
        ClassLoader own = bundle("own").loadClass("own.C0").getClassLoader();
        ClassLoader lib = bundle("lib").loadClass("lib.C0").getClassLoader();
        AtomicBoolean committed = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Callable<Boolean> loading = () -> {
                boolean duringAndAfter = false;
                for (int i = 1; i < MANY; i++) {
                    boolean after = committed.get();
                    assertThat(Class.forName("own.C" + i, true, own).getClassLoader())
                            .isSameAs(own);
                    assertThat(Class.forName("lib.C" + i, true, own).getClassLoader())
                            .isSameAs(lib);
                    duringAndAfter |= i > 1 && after;
                    Thread.sleep(after ? 0 : 1);
                }
                return duringAndAfter;
            };
            List<Future<Boolean>> loaders = List.of(threads.submit(loading), threads.submit(loading));

            applied(lib("lib", "2.0.0"));
            committed.set(true);

            for (Future<Boolean> one : loaders) {
                assertThat(one.get(30, TimeUnit.SECONDS))
                        .as("whether some were loaded afterwards")
                        .isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void lateClass_isWoven() throws Exception {
        applied(saying("1.0.0"));
        Function<String, Object> old = holder();
        applied(saying("2.0.0"));
        ClassLoader[] seen = new ClassLoader[1];
        WeavingHook hook = woven -> {
            seen[0] = woven.getBundleWiring().getClassLoader();
            woven.setBytes(new String(woven.getBytes(), ISO_8859_1)
                    .replace("1.0.0", "woven")
                    .getBytes(ISO_8859_1));
        };
        ServiceRegistration<WeavingHook> registration =
                mainstay.context().registerService(WeavingHook.class, hook, null);
        try {
            assertThat(old.apply("")).isEqualTo("woven");
            assertThat(seen[0]).isSameAs(old.getClass().getClassLoader());
        } finally {
            registration.unregister();
        }
    }

    @Test
    void hookThatThrows_leavesALateClassAsItIs_andStaysInService() throws Exception {
        applied(saying("1.0.0"));
        Function<String, Object> old = holder();
        applied(saying("2.0.0"));
        boolean[] throwing = {true};
        int[] calls = {0};
        WeavingHook hook = woven -> {
            calls[0]++;
            if (throwing[0]) {
                throw new IllegalStateException("thrown on purpose");
            }
        };
        ServiceRegistration<WeavingHook> registration =
                mainstay.context().registerService(WeavingHook.class, hook, null);
        try {
            assertThat(old.apply("")).isEqualTo("1.0.0");
            throwing[0] = false;
            int before = calls[0];
            assertThat(holder().apply("")).isEqualTo("2.0.0");
            assertThat(before).isPositive().isLessThan(calls[0]);
        } finally {
            registration.unregister();
        }
    }

    @Test
    void lateClass_doesNotActivateTheNewBundle() throws Exception {
        applied(lazy("1.0.0"));
        Function<String, Object> old = holder();
        assertThat(Journal.take()).containsExactly("start user 1.0.0");

        applied(lazy("2.0.0"));
        assertThat(old.apply("")).isEqualTo("1.0.0");

        assertThat(bundle("user").getState()).isEqualTo(Bundle.STARTING);
        assertThat(Journal.take()).containsExactly("stop user 1.0.0");
        holder();
        assertThat(Journal.take()).as("the control").containsExactly("start user 2.0.0");
    }

    private static TestJar lazy(String version) {
        return Journal.bundle("user", version)
                .header("Bundle-ActivationPolicy", "lazy")
                .code(HOLDER, late("return \"" + version + "\";"));
    }

    @Test
    void nativeLibrary_isLoaded_beforeAndAfterTheOneOfTheNewCode() throws Exception {
        applied(withNative("1.0.0", 1));
        Function<String, Object> first = holder();
        applied(withNative("2.0.0", 2));
        Function<String, Object> second = holder();
        applied(withNative("3.0.0", 3));

        assertThat(holder().apply("")).isEqualTo(3);
        assertThat(second.apply("")).isEqualTo(2);
        assertThat(first.apply("")).isEqualTo(1);
    }

    private static TestJar withNative(String version, int answer) throws Exception {
        String library = "late" + ProcessHandle.current().pid();
        String file = System.mapLibraryName(library);
        return user(version)
                .header("Bundle-NativeCode", NativeLibrary.clause("native/" + file))
                .entry("native/" + file, NativeLibrary.answering("user.Native", answer))
                .code(
                        "package user; class Native { static { System.loadLibrary(\"" + library + "\"); }"
                                + " static native int answer(); }",
                        late("return Native.answer();"));
    }

    @Test
    void afterAFailedChange_objectsOfBothSidesGoOn() throws Exception {
        applied(lib("lib", "1.0.0"), userOf("lib"));
        Function<String, Object> old = holder();

        DeployResult result = mainstay.commit(Change.by("test")
                .add(lib("lib", "2.0.0")
                        .header("Import-Package", "org.osgi.framework")
                        .activator("lib.Activator", "throw new Exception(\"on purpose\");", "")
                        .checked())
                .build());

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(old.apply("")).isEqualTo("lib 1.0.0");
        assertThat(holder().apply("")).isEqualTo("lib 1.0.0");
    }

    private void refresh(Bundle bundle) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        mainstay.context()
                .getBundle(0)
                .adapt(FrameworkWiring.class)
                .refreshBundles(List.of(bundle), event -> done.countDown());
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void resetPastTheStore_leavesOldObjectsAlone() throws Exception {
        applied(lib("lib", "1.0.0"), userOf("lib"));
        Function<String, Object> refreshed = holder();
        refresh(bundle("lib"));
        Function<String, Object> uninstalled = holder();
        assertThat(uninstalled.getClass()).isNotSameAs(refreshed.getClass());
        bundle("user").uninstall();
        bundle("lib").uninstall();

        assertThat(refreshed.apply("")).isEqualTo("lib 1.0.0");
        assertThat(uninstalled.apply("")).isEqualTo("lib 1.0.0");
    }

    @Test
    void providerPastTheStore_thatIsRemoved_isNamed() throws Exception {
        Bundle lib = mainstay.context()
                .installBundle(
                        "past-the-store",
                        new ByteArrayInputStream(lib("lib", "1.0.0").bytes()));
        applied(userOf("lib", "Import-Package", "lib;resolution:=optional"));
        Function<String, Object> old = holder();

        lib.uninstall();
        refresh(lib);

        assertThatThrownBy(() -> old.apply(""))
                .isInstanceOf(NoClassDefFoundError.class)
                .cause()
                .hasMessage("lib.Api not found by user 1.0.0, which was replaced: it had the package from lib 1.0.0,"
                        + " which is gone");
    }

    @Test
    void objectsGoOn_whenTheFrameworkHasStopped_andWhenItIsStartedAgain() throws Exception {
        mainstay.close();
        Framework framework = new MainstayFrameworkFactory().newFramework(properties);
        framework.start();
        try (Mainstay other = Mainstay.open(properties)) {
            other.commit(Change.by("test")
                    .add(lib("lib", "1.0.0").checked())
                    .add(userOf("lib").checked())
                    .build());
        }
        Bundle user = null;
        while (user == null || user.getState() != Bundle.ACTIVE) {
            Thread.sleep(5);
            user = framework.getBundleContext().getBundle("mainstay:user");
        }
        Object first = user.loadClass("user.Holder").getConstructor().newInstance();
        Object second = user.loadClass("user.Holder").getConstructor().newInstance();
        framework.stop();
        framework.waitForStop(0);
        assertThat(first.getClass().getMethod("apply", String.class).invoke(first, ""))
                .isEqualTo("lib 1.0.0");

        framework.start();
        try {
            assertThat(second.getClass().getMethod("apply", String.class).invoke(second, ""))
                    .isEqualTo("lib 1.0.0");
            Class<?> anew =
                    framework.getBundleContext().getBundle("mainstay:user").loadClass("user.Holder");
            assertThat(anew).isNotSameAs(first.getClass());
        } finally {
            framework.stop();
            framework.waitForStop(0);
        }
    }
}
