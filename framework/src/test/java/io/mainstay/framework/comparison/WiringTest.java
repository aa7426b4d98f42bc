package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.TestJar;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/** Bundles see each other's packages in all the ways that there are. */
class WiringTest {

    private static TestJar api() {
        return TestJar.bundle("api", "1.2.3")
                .header("Export-Package", "api;version=1.2;mandatory:=who;who=us,api.open;version=1.2")
                .code("package api; public interface Api { }")
                .code("package api.open; public class Open { public static String say() { return \"open\"; } }")
                .entry("api/open/list.txt", "of api")
                .entry("META-INF/services/api.open.Open", "api.open.Open");
    }

    private static TestJar middle() {
        return TestJar.bundle("middle", "1.0.0")
                .header("Require-Bundle", "api;bundle-version=\"[1,2)\";visibility:=reexport")
                .header("Export-Package", "middle")
                .entry("META-INF/services/api.open.Open", "middle.Mid")
                .seeing(api())
                .code("package middle; public class Mid extends api.open.Open {"
                        + " public static String say() { return \"middle, \" + api.open.Open.say(); } }");
    }

    private static void noteWires(Facts seen, String name) {
        seen.note(name + "'s wires", () -> {
            List<String> wires = new ArrayList<>();
            for (BundleWire wire : seen.bundle(name).adapt(BundleWiring.class).getRequiredWires(null)) {
                wires.add(wire.getCapability().getNamespace() + " "
                        + wire.getCapability()
                                .getAttributes()
                                .get(wire.getCapability().getNamespace()) + " of "
                        + wire.getProvider().getSymbolicName());
            }
            Collections.sort(wires);
            return wires;
        });
    }

    @Test
    void requiredBundles_areSeenThroughReexport() throws Exception {
        TestJar user = TestJar.bundle("user", "1.0.0")
                .header("Require-Bundle", "middle")
                .seeing(api(), middle())
                .entry("META-INF/services/api.open.Open", "user.User")
                .code("package user; public class User extends api.open.Open {"
                        + " public static String say() { return \"user, \" + middle.Mid.say(); }"
                        + " public static String services() throws Exception {"
                        + "  return String.valueOf(java.util.Collections.list(User.class.getClassLoader()"
                        + "   .getResources(\"META-INF/services/api.open.Open\")).size()); }"
                        + " public static String loaded() {"
                        + "  StringBuilder names = new StringBuilder();"
                        + "  for (Object one : java.util.ServiceLoader.load(api.open.Open.class,"
                        + "   User.class.getClassLoader())) names.append(one.getClass().getName()).append(' ');"
                        + "  return names.toString(); } }");

        Facts facts = BothFrameworks.with(api(), middle(), user).alsoDeployed().observe((system, seen) -> {
            seen.noteClass("user", "user.User");
            seen.noteClass("user", "api.open.Open");
            seen.note("services", () -> seen.call("user", "user.User", "services"));
            seen.note("loaded", () -> seen.call("user", "user.User", "loaded"));
            noteWires(seen, "user");
            noteWires(seen, "middle");
            BundleWiring wiring = seen.bundle("user").adapt(BundleWiring.class);
            for (int options : new int[] {0, 1, 2, 3}) {
                seen.note("list " + options, () -> wiring.listResources("/", "*", options));
                seen.note("list api " + options, () -> wiring.listResources("api/open", "*", options));
            }
        });

        assertThat(facts.get("user loads user.User")).isEqualTo("from user: user, middle, open");
        assertThat(facts.get("loaded")).contains("user.User");
    }

    @Test
    void packagesAreImported_whenTheyAreNeeded() throws Exception {
        TestJar dynamic = TestJar.bundle("dynamic", "1.0.0")
                .header("DynamicImport-Package", "api.*, javax.sql, nothing.*")
                .code("package dynamic; public class Dyn { public static String say() throws Exception {"
                        + " return String.valueOf(Class.forName(\"api.open.Open\").getMethod(\"say\").invoke(null))"
                        + " + Class.forName(\"javax.sql.DataSource\").getSimpleName(); } }");

        Facts facts = BothFrameworks.with(api(), dynamic).observe((system, seen) -> {
            noteWires(seen, "dynamic");
            seen.note("resource before", () -> seen.bundle("dynamic").getResource("api/open/list.txt"));
            seen.noteClass("dynamic", "dynamic.Dyn");
            seen.noteClass("dynamic", "nothing.There");
            seen.note("resource after", () -> seen.bundle("dynamic").getResource("api/open/list.txt"));
            seen.note(
                    "wires after",
                    () -> seen.bundle("dynamic")
                            .adapt(BundleWiring.class)
                            .getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE)
                            .size());
        });

        assertThat(facts.get("dynamic loads dynamic.Dyn")).isEqualTo("from dynamic: openDataSource");
    }

    @Test
    void weavingHook_seesBytesAndAddsImports() throws Exception {
        TestJar woven = TestJar.bundle("woven", "1.0.0")
                .header("Bundle-ClassPath", ".,lib/inner.jar")
                .inner(
                        "lib/inner.jar",
                        TestJar.plain()
                                .code("package inner; public class In {"
                                        + " public static String say() { return \"inner\"; } }"))
                .code("package woven; public class Woven { public static String say() throws Exception {"
                        + " return inner.In.say() + Class.forName(\"api.open.Open\").getSimpleName(); } }");
        List<String> log = new ArrayList<>();

        Facts facts = BothFrameworks.with(api(), woven)
                .prepared(system -> {
                    log.clear();
                    system.registerService(WeavingHook.class, hook(log), null);
                })
                .observe((system, seen) -> {
                    seen.noteClass("woven", "woven.Woven");
                    seen.note("woven", () -> List.copyOf(log));
                    seen.noteClass("woven", "inner.In");
                });

        assertThat(facts.get("woven loads woven.Woven")).isEqualTo("from woven: innerOpen");
        assertThat(facts.get("woven")).contains("woven.Woven of woven cafebabe", "inner.In of woven cafebabe");
    }

    private static WeavingHook hook(List<String> log) {
        return woven -> {
            byte[] bytes = woven.getBytes();
            log.add(woven.getClassName() + " of "
                    + woven.getBundleWiring().getBundle().getSymbolicName() + " "
                    + String.format("%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]) + " " + bytes.length
                    + " " + woven.getProtectionDomain().getCodeSource().getLocation());
            woven.getDynamicImports().add("api.open");
            woven.setBytes(bytes.clone());
        };
    }

    @Test
    void capabilities_areTheSameButForTheMarkOfConnect() throws Exception {
        TestJar rich = TestJar.bundle("rich", "1.0.0")
                .header("Provide-Capability", "a.b;a.b=c;version:Version=1.2;list:List<String>=\"x,y\"")
                .header("Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=11))\"")
                .header("Bundle-License", "Apache-2.0")
                .header("Export-Package", "rich;uses:=\"java.util\";version=3")
                .code("package rich; public class Rich { }");

        BothFrameworks.with(rich).observe((system, seen) -> {
            BundleRevision revision = seen.bundle("rich").adapt(BundleRevision.class);
            for (BundleCapability capability : revision.getDeclaredCapabilities(null)) {
                Map<String, Object> attributes = new TreeMap<>(capability.getAttributes());
                attributes.remove("tags");
                seen.note(
                        "capability " + capability.getNamespace(), () -> attributes + " " + capability.getDirectives());
            }
            seen.note("requirements", () -> revision.getDeclaredRequirements(null));
            seen.note("resolved", () -> revision.getWiring().getRequirements(null));
            seen.note("types", revision::getTypes);
        });
    }

    @Test
    void bundlesOfTheHost_areSeenThroughSystemPackages() throws Exception {
        TestJar user = TestJar.bundle("user", "1.0.0")
                .header("Import-Package", "org.assertj.core.util;version=1,org.osgi.framework")
                .code(
                        "package user; public class User { public static String say() {"
                                + " return org.assertj.core.util.Strings.quote(\"x\") + User.class.getClassLoader().getParent(); } }");

        Facts facts = BothFrameworks.with(user)
                .property("org.osgi.framework.system.packages.extra", "org.assertj.core.util;version=1.0")
                .property("org.osgi.framework.bootdelegation", "javax.naming")
                .alsoDeployed()
                .observe((system, seen) -> {
                    seen.noteClass("user", "user.User");
                    seen.note("host's class", () -> hostClass(system, seen.bundle("user")));
                    seen.note("delegated", () -> seen.bundle("user").loadClass("javax.naming.Context"));
                    seen.note("not delegated", () -> seen.bundle("user").loadClass("javax.sql.DataSource"));
                    noteWires(seen, "user");
                });

        assertThat(facts.get("host's class")).isEqualTo("the host's");
    }

    private static String hostClass(BundleContext system, Bundle user) throws ClassNotFoundException {
        return user.loadClass("org.assertj.core.util.Strings") == org.assertj.core.util.Strings.class
                ? "the host's"
                : "another in " + system;
    }

    @Test
    void parentLoader_isWhatTheHostSays() throws Exception {
        TestJar plain = TestJar.bundle("plain", "1.0.0")
                .code("package plain; public class Plain { public static String say() {"
                        + " return String.valueOf(Plain.class.getClassLoader().getParent()); } }");
        for (String parent : List.of("boot", "app", "ext", "framework")) {
            BothFrameworks.with(plain)
                    .property("org.osgi.framework.bundle.parent", parent)
                    .property("org.osgi.framework.bootdelegation", "org.assertj.core.util,java.sql")
                    .observe((system, seen) -> {
                        seen.noteClass("plain", "plain.Plain");
                        seen.note("of the host", () -> seen.bundle("plain").loadClass("org.assertj.core.util.Strings"));
                    });
        }
    }
}
