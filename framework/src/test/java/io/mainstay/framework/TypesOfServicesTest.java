package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.handover.Handover;
import io.mainstay.framework.handover.SavedState;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** What two bundles call the same may be two types: a stable service has those of its interfaces. */
@Timeout(60)
class TypesOfServicesTest extends FrameworkTest {
    private static final String THING =
            "package things; public class Thing { public String toString() { return \"%s\"; } }";

    private final TestJar things = things("things", "theirs");
    private final TestJar taking = TestJar.bundle("taking", "1.0.0")
            .header(Constants.EXPORT_PACKAGE, "taking")
            .header(Constants.IMPORT_PACKAGE, "things")
            .seeing(things)
            .code("package taking; public interface Taking { String take(things.Thing thing); }");

    private static TestJar things(String bundle, String text) {
        return TestJar.bundle(bundle, "1.0.0")
                .header(Constants.EXPORT_PACKAGE, "things")
                .code(THING.formatted(text));
    }

    private Object service(String type) {
        ServiceReference<?> reference = mainstay.context().getServiceReference(type);
        return mainstay.context().getService(reference);
    }

    private Object thing() throws Exception {
        return bundle("things").loadClass("things.Thing").getConstructor().newInstance();
    }

    private Bundle bundle(String name) {
        return mainstay.context().getBundle("mainstay:" + name);
    }

    private String take(Object service) throws Exception {
        Object thing = thing();
        return (String) bundle("taking")
                .loadClass("taking.Taking")
                .getMethod("take", thing.getClass())
                .invoke(service, thing);
    }

    private boolean isStable(Object service) {
        return service.getClass().getName().contains("$Stable");
    }

    @Test
    void typeThatAnotherInterfacesBundleHasOfItsOwn() throws Exception {
        TestJar asking = TestJar.bundle("asking", "1.0.0")
                .header(Constants.EXPORT_PACKAGE, "asking")
                .code("package asking; public interface Asking { String ask(); }", THING.formatted("private"));
        TestJar askingAlone = TestJar.plain().code("package asking; public interface Asking { String ask(); }");
        TestJar provider = Journal.doing(
                        "prov",
                        "1.0.0",
                        "context.registerService(new String[] {\"asking.Asking\", \"taking.Taking\"}, new prov.Both(), null);",
                        "",
                        "things",
                        "taking",
                        "asking")
                .seeing(things, taking, askingAlone)
                .code("package prov; public class Both implements taking.Taking, asking.Asking {"
                        + " public String take(things.Thing thing) { return thing.toString(); }"
                        + " public String ask() { return \"asked\"; } }");

        applied(things, taking, asking, provider);

        assertThat(take(service("taking.Taking"))).isEqualTo("theirs");
        assertThat(isStable(service("taking.Taking"))).isTrue();
    }

    @Test
    void typeThatTheBundleOfASubinterfaceHasOfItsOwn() throws Exception {
        TestJar takingAlone = TestJar.plain()
                .seeing(things)
                .code("package taking; public interface Taking { String take(things.Thing thing); }");
        TestJar more = TestJar.bundle("more", "1.0.0")
                .header(Constants.EXPORT_PACKAGE, "more")
                .header(Constants.IMPORT_PACKAGE, "taking")
                .seeing(things, takingAlone)
                .code("package more; public interface More extends taking.Taking { String more(); }")
                .entry("things/Thing.class", THING.getBytes(StandardCharsets.US_ASCII)); // no class at all
        TestJar provider = Journal.doing(
                        "prov",
                        "1.0.0",
                        "context.registerService(more.More.class, new prov.Much(), null);",
                        "",
                        "things",
                        "taking",
                        "more")
                .seeing(things, taking, more)
                .code("package prov; public class Much implements more.More {"
                        + " public String take(things.Thing thing) { return thing.toString(); }"
                        + " public String more() { return \"more\"; } }");

        applied(things, taking, more, provider);

        assertThat(take(service("more.More"))).isEqualTo("theirs");
        assertThat(isStable(service("more.More"))).isTrue();
    }

    /** The framework's class path has a Gson of its own, and Handover comes from there. */
    @Test
    void typeThatTheFrameworkHasOfItsOwn() throws Exception {
        TestJar gson = TestJar.bundle("gson", "2.0.0")
                .header(Constants.EXPORT_PACKAGE, "com.google.gson;version=2.0")
                .code(
                        "package com.google.gson; public class JsonObject { public String toString() { return \"theirs\"; } }");
        TestJar api = TestJar.bundle("api", "1.0.0")
                .header(Constants.EXPORT_PACKAGE, "api")
                .header(Constants.IMPORT_PACKAGE, "com.google.gson")
                .seeing(gson)
                .code("package api; public interface Giving { com.google.gson.JsonObject give(); }");
        String saved = SavedState.class.getName();
        TestJar provider = Journal.doing(
                        "prov",
                        "1.0.0",
                        "context.registerService(new String[] {\"" + Handover.class.getName()
                                + "\", \"api.Giving\"}, new prov.Giver(), null);",
                        "",
                        "api",
                        "com.google.gson",
                        Handover.class.getPackageName())
                .seeing(gson, api)
                .code("package prov; public class Giver implements api.Giving, " + Handover.class.getName() + " {"
                        + " public com.google.gson.JsonObject give() { return new com.google.gson.JsonObject(); }"
                        + " public " + saved + " save() { return new " + saved + "(\"x\", 1, java.util.Map.of()); }"
                        + " public void restore(" + saved + " state) { } }");

        applied(gson, api, provider);

        Object service = service("api.Giving");
        assertThat(bundle("api").loadClass("api.Giving").getMethod("give").invoke(service))
                .hasToString("theirs");
        assertThat(isStable(service)).isTrue();
    }

    @Test
    void interfacesThatMeanTwoTypesByOneName_passThrough() throws Exception {
        TestJar ours = TestJar.plain().code(THING.formatted("private"));
        TestJar other = TestJar.bundle("other", "1.0.0")
                .header(Constants.EXPORT_PACKAGE, "other")
                .seeing(ours)
                .code(
                        "package other; public interface Other { default String other(things.Thing thing) { return \"other\"; } }",
                        THING.formatted("private"));
        TestJar provider = Journal.doing(
                        "prov",
                        "1.0.0",
                        "context.registerService(new String[] {\"other.Other\", \"taking.Taking\"}, new prov.Both(), null);",
                        "",
                        "things",
                        "taking",
                        "other")
                .seeing(things, taking, other)
                .code("package prov; public class Both implements taking.Taking, other.Other {"
                        + " public String take(things.Thing thing) { return thing.toString(); } }");

        applied(things, taking, other, provider);

        assertThat(take(service("taking.Taking"))).isEqualTo("theirs");
        assertThat(isStable(service("taking.Taking"))).isFalse();
        assertThat(liveReport().live())
                .anySatisfy(bundle ->
                        assertThat(bundle.passing().toString()).contains("things.Thing is one class to some of them"));
    }
}
