package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.Preview;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.plan.ResetMember;
import io.mainstay.framework.plan.Swaps;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleRevisions;
import org.osgi.framework.wiring.BundleWiring;

/** A provider whose API is the same is replaced without a reset of those that use it. */
@Timeout(120)
class SwapTest extends FrameworkTest {
    private static final String API = "package provider.api; public interface Greeter { String greet(String name); }";

    private DeployResult asPlanned(TestJar... jars) throws Exception {
        DeployResult result = applied(jars);
        assertThat(result.resetDifference())
                .as(() -> "planned " + result.preview())
                .isEmpty();
        return result;
    }

    private static TestJar provider(String version) {
        return provider(version, "1.0.0", "", API);
    }

    private static TestJar provider(String version, String apiVersion, String then, String api) {
        return Journal.doing(
                        "provider",
                        version,
                        "context.registerService(provider.api.Greeter.class, name -> \"" + version
                                + " greets \" + name, null);" + then,
                        "",
                        "provider.api;version=\"[1.0,2)\"")
                .header("Export-Package", "provider.api;version=\"" + apiVersion + "\"")
                .code(api);
    }

    private static TestJar user(String version) {
        return Journal.doing(
                        "user",
                        version,
                        "org.osgi.framework.ServiceReference<provider.api.Greeter> found ="
                                + " context.getServiceReference(provider.api.Greeter.class);"
                                + " provider.api.Greeter greeter = context.getService(found);"
                                + " context.registerService(java.util.concurrent.Callable.class,"
                                + "  () -> greeter.greet(\"me\"), null);",
                        "",
                        "provider.api;version=\"[1.0,2)\"")
                .seeing(TestJar.plain().code(API));
    }

    @SuppressWarnings("unchecked")
    private String greeting() throws Exception {
        ServiceReference<?> reference = mainstay.context().getServiceReference(Callable.class);
        return ((Callable<String>) mainstay.context().getService(reference)).call();
    }

    @Test
    void users_areNotReset_andSeeTheNewCode() throws Exception {
        asPlanned(provider("1.0.0"), user("1.0.0"));
        assertThat(greeting()).isEqualTo("1.0.0 greets me");
        Journal.take();

        Preview preview = plan(provider("1.1.0"));
        assertThat(preview.reset()).extracting(ResetMember::location).containsExactly("mainstay:provider");
        assertThat(preview.reset().get(0).way().swapped()).isTrue();
        assertThat(preview.rewiredAtBoot()).isEmpty();
        asPlanned(provider("1.1.0"));

        assertThat(Journal.take()).containsExactly("stop provider 1.0.0", "start provider 1.1.0");
        assertThat(greeting()).isEqualTo("1.1.0 greets me");
        assertThat(revisions()).isEqualTo(2);

        asPlanned(provider("1.2.0"));
        assertThat(Journal.take()).containsExactly("stop provider 1.1.0", "start provider 1.2.0");
        assertThat(greeting()).isEqualTo("1.2.0 greets me");
    }

    private int revisions() {
        return mainstay.context()
                .getBundle("mainstay:provider")
                .adapt(BundleRevisions.class)
                .getRevisions()
                .size();
    }

    @Test
    void changedApi_resetsTheUsers_andCleansUp_andThePlanSaysWhy() throws Exception {
        asPlanned(provider("1.0.0"), user("1.0.0"));
        asPlanned(provider("1.1.0"));
        WeakReference<ClassLoader> swapped = new WeakReference<>(mainstay.context()
                .getBundle("mainstay:provider")
                .adapt(BundleWiring.class)
                .getClassLoader());
        Journal.take();
        TestJar changed = provider("1.2.0", "1.1.0", "", API.replace("}", "default void more() {} }"));

        ResetMember.Way way = plan(changed).reset().get(0).way();
        asPlanned(changed);

        assertThat(way).isEqualTo(new ResetMember.Way(false, "package provider.api is not the same as before"));
        assertThat(Journal.take())
                .containsExactly("stop user 1.0.0", "stop provider 1.1.0", "start provider 1.2.0", "start user 1.0.0");
        assertThat(greeting()).isEqualTo("1.2.0 greets me");
        assertThat(revisions()).isEqualTo(1);
        for (int i = 0; i < 200 && swapped.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(swapped.get()).isNull();
    }

    @Test
    void swapThatFails_isTakenBack_withoutTheUsersNoticing() throws Exception {
        asPlanned(provider("1.0.0"), user("1.0.0"));
        Journal.take();

        DeployResult result = commit(provider("1.1.0", "1.0.0", "if (true) throw new Exception(\"no\");", API));

        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(result.cause().orElseThrow()).contains("Cannot start provider 1.1.0");
        assertThat(Journal.take())
                .containsExactly("stop provider 1.0.0", "start provider 1.1.0", "start provider 1.0.0");
        assertThat(greeting()).isEqualTo("1.0.0 greets me");
        asPlanned(provider("1.2.0"));
        assertThat(greeting()).isEqualTo("1.2.0 greets me");
    }

    @Test
    void resolverThatWiresOtherwise_isBelieved_alsoWhereThePlanDidNotKnow() throws Exception {
        asPlanned(provider("1.0.0"), user("1.0.0"));
        // another provider of the same package, which the resolver prefers for the new code
        TestJar other = Journal.bundle("other", "1.0.0")
                .header("Export-Package", "provider.api;version=1.5.0")
                .code(API);
        asPlanned(other);
        Journal.take();

        Preview preview = plan(provider("1.1.0"));
        asPlanned(provider("1.1.0"));

        assertThat(preview.reset())
                .extracting(ResetMember::location)
                .containsExactly("mainstay:provider", "mainstay:user");
        assertThat(greeting()).isEqualTo("1.1.0 greets me");
    }

    @Test
    void singletons_areResetWithTheirUsers() throws Exception {
        String name = "provider;singleton:=true";
        asPlanned(provider("1.0.0").header("Bundle-SymbolicName", name), user("1.0.0"));
        Journal.take();

        TestJar next = provider("1.1.0").header("Bundle-SymbolicName", name);
        assertThat(plan(next).reset().get(0).way().why()).contains("singleton");
        asPlanned(next);

        assertThat(greeting()).isEqualTo("1.1.0 greets me");
        assertThat(Journal.take()).contains("stop user 1.0.0", "start user 1.0.0");
    }

    /** The new code does not resolve with the packages of the old: it needs another version of what these use. */
    @Test
    void newCodeThatResolvesOnlyOnItsOwn_isReset() throws Exception {
        TestJar base = Journal.bundle("base", "1.0.0")
                .header("Export-Package", "base;version=1.0.0")
                .code("package base; public class Base { }");
        TestJar newer = Journal.bundle("newer", "1.0.0")
                .header("Export-Package", "base;version=2.0.0")
                .code("package base; public class Base { }");
        String uses = "provider.api;version=1.0.0;uses:=base";
        String imports = "org.osgi.framework," + Journal.class.getPackageName()
                + ",provider.api;version=\"[1.0,2)\",base;version=";
        asPlanned(
                base,
                provider("1.0.0").header("Export-Package", uses).header("Import-Package", imports + "\"[1,2)\""),
                user("1.0.0"));
        asPlanned(newer);
        Journal.take();
        TestJar next = provider("1.1.0").header("Export-Package", uses).header("Import-Package", imports + "\"[2,3)\"");

        assertThat(plan(next).reset()).hasSize(2);
        asPlanned(next);

        assertThat(greeting()).isEqualTo("1.1.0 greets me");
        assertThat(Journal.take()).contains("stop user 1.0.0", "start user 1.0.0");
    }

    @Test
    void piles_areCleanedByAResetEverySoOften() throws Exception {
        asPlanned(provider("1.0.0"), user("1.0.0"));
        List<String> lines = new ArrayList<>();
        for (int i = 1; i <= Swaps.MOST + 1; i++) {
            Journal.take();
            asPlanned(provider("1." + i + ".0"));
            lines = Journal.take();
            assertThat(lines.contains("stop user 1.0.0")).as("after %d", i).isEqualTo(i == Swaps.MOST + 1);
        }

        assertThat(revisions()).isEqualTo(1);
        assertThat(greeting()).isEqualTo("1." + (Swaps.MOST + 1) + ".0 greets me");
        assertThat(mainstay.context().getBundle("mainstay:user").getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void oldCodeThatWasSwapped_goesOnLoading() throws Exception {
        asPlanned(
                provider("1.0.0")
                        .code("package provider; public class Late { public String toString() { return \"late\"; } }"),
                user("1.0.0"));
        Bundle bundle = mainstay.context().getBundle("mainstay:provider");
        ClassLoader old = bundle.adapt(BundleWiring.class).getClassLoader();
        old.loadClass("provider.inside.Activator");

        asPlanned(provider("1.1.0"));

        assertThat(old.loadClass("provider.Late").getConstructor().newInstance())
                .hasToString("late");
    }

    private static TestJar withBase(String version) {
        TestJar base = Journal.bundle("base", version).header("Export-Package", "base;version=1.0.0");
        return base.code("package base; public class Base { }");
    }

    /** The first revision, whose package the users have, needs what the second does not. */
    @Test
    void providersOfEarlierRevisions_areNotForgotten() throws Exception {
        String imports = "org.osgi.framework," + Journal.class.getPackageName() + ",provider.api;version=\"[1.0,2)\"";
        asPlanned(withBase("1.0.0"), provider("1.0.0").header("Import-Package", imports + ",base"), user("1.0.0"));
        asPlanned(provider("1.1.0"));
        Journal.take();

        asPlanned(withBase("1.0.1"));

        assertThat(Journal.take())
                .contains("stop user 1.0.0", "stop provider 1.1.0")
                .containsSubsequence("start provider 1.1.0", "start user 1.0.0");
        assertThat(greeting()).isEqualTo("1.1.0 greets me");
    }

    @Test
    void packageThatNobodyUses_isNotTakenFromOldCode() throws Exception {
        asPlanned(withMore("1.0.0", "one"), user("1.0.0"));

        ResetMember.Way way = plan(withMore("1.1.0", "two")).reset().get(0).way();
        asPlanned(withMore("1.1.0", "two"));

        assertThat(way.why()).contains("package provider.more is not the same as before");
        assertThat(mainstay.context()
                        .getBundle("mainstay:provider")
                        .loadClass("provider.more.More")
                        .getMethod("say")
                        .invoke(null))
                .isEqualTo("two");
    }

    private static TestJar withMore(String version, String says) {
        return provider(version)
                .header("Export-Package", "provider.api;version=1.0.0,provider.more;version=1.0.0")
                .header(
                        "Import-Package",
                        "org.osgi.framework," + Journal.class.getPackageName()
                                + ",provider.api;version=\"[1.0,2)\",provider.more;version=\"[1.0,2)\"")
                .code("package provider.more; public class More { public static String say() { return \"" + says
                        + "\"; } }");
    }

    @Test
    void packageThatKnowsOtherClassesOfItsBundle_isNotShared() throws Exception {
        String api = "package provider.api; public interface Greeter { String greet(String name);"
                + " static Object secret() { return new provider.Secret(); } }";
        String secret = "package provider; public class Secret { }";
        asPlanned(provider("1.0.0", "1.0.0", "", api).code(secret), user("1.0.0"));
        Journal.take();

        asPlanned(provider("1.1.0", "1.0.0", "", api).code(secret));

        assertThat(Journal.take()).contains("stop user 1.0.0", "start user 1.0.0");
    }
}
