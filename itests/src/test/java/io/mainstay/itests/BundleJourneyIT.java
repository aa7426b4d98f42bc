package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.options;

import io.mainstay.framework.Mainstay;
import io.mainstay.framework.Settings;
import io.mainstay.framework.deploy.Change;
import io.mainstay.itests.journey.Greeter;
import io.mainstay.itests.journey.Greeting;
import io.mainstay.store.ContentSource;
import io.mainstay.store.Digest;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationEntry;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.Test;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;
import org.osgi.service.repository.Repository;
import org.osgi.service.repository.RepositoryContent;
import org.osgi.util.tracker.ServiceTracker;

/** The way of a bundle: committed to a database in memory, booted from it, found again by what it provides. */
public class BundleJourneyIT extends ContainerTest {
    private static final String STORE = "jdbc:derby:memory:journey";
    private static final String COMMITTED = "itests.generation";

    @Configuration
    public Option[] system() throws IOException {
        return options(
                container(),
                logging(),
                frameworkProperty(Settings.STORE).value(STORE),
                frameworkProperty(COMMITTED).value(commit().digest().hex()));
    }

    /** JUnit asks for the configuration more than once, and the same is committed once. */
    private static Generation commit() throws IOException {
        Workload console = Workload.read("console");
        try (Mainstay mainstay = Mainstay.open(STORE)) {
            Change.Builder change = Change.by("itests").message("A greeting and who says it");
            for (String artifact : List.of(
                    "org.osgi.service.component",
                    "org.osgi.util.promise",
                    "org.osgi.util.function",
                    "org.apache.felix.scr")) {
                change.add(mainstay.check(ContentSource.of(console.jar(artifact))), 2);
            }
            change.add(mainstay.check(ContentSource.of("greeting", greeting())), 3);
            change.add(mainstay.check(ContentSource.of("greeter", greeter())), 3);
            mainstay.commit(change.build());
            return mainstay.store()
                    .history()
                    .head(Settings.DEFAULT_CHANNEL)
                    .orElseThrow()
                    .generation();
        }
    }

    private static byte[] greeting() {
        return component("journey.greeting", "")
                .type(Greeting.class)
                .entry("OSGI-INF/component.xml", """
                        <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="greeting">
                          <implementation class="io.mainstay.itests.journey.Greeting"/>
                          <service><provide interface="java.util.function.Supplier"/></service>
                          <property name="journey" value="yes"/>
                        </scr:component>
                        """)
                .bytes();
    }

    private static byte[] greeter() {
        return component("journey.greeter", "journey.api;version=1.2.3")
                .type(Greeter.class)
                .entry("OSGI-INF/component.xml", """
                        <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="greeter" init="1">
                          <implementation class="io.mainstay.itests.journey.Greeter"/>
                          <service><provide interface="java.util.function.UnaryOperator"/></service>
                          <reference name="greeting" interface="java.util.function.Supplier" target="(journey=yes)"
                              parameter="0"/>
                        </scr:component>
                        """)
                .bytes();
    }

    private static Jars component(String name, String exports) {
        Jars jar = Jars.bundle(name, "1.0.0")
                .header("Service-Component", "OSGI-INF/component.xml")
                .header(
                        "Require-Capability",
                        "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.4.0)(!(version>=2.0.0)))\"");
        return exports.isEmpty() ? jar : jar.header("Export-Package", exports);
    }

    @Test
    public void node_runsTheGenerationThatWasCommitted() throws Exception {
        Generation running = Running.node(context).generation().orElseThrow().generation();

        assertThat(running.digest().hex()).isEqualTo(context.getProperty(COMMITTED));
        Running.awaitUp(context);
    }

    @Test
    @SuppressWarnings("rawtypes")
    public void componentsOfTheStore_areServices() throws Exception {
        ServiceTracker<UnaryOperator, UnaryOperator> tracker = new ServiceTracker<>(context, UnaryOperator.class, null);
        tracker.open();
        try {
            UnaryOperator<String> greeter = typed(tracker.waitForService(10_000));
            assertThat(greeter.apply("Derby")).isEqualTo("Hello, Derby");
            assertThat(greeter.getClass())
                    .as("the store's class, not the one of this name in the probe")
                    .isNotEqualTo(Greeter.class);
            ServiceReference<UnaryOperator> reference = tracker.getServiceReference();
            assertThat(reference.getBundle().getLocation()).isEqualTo("mainstay:journey.greeter");
        } finally {
            tracker.close();
        }
    }

    @SuppressWarnings("unchecked")
    private static UnaryOperator<String> typed(UnaryOperator<?> service) {
        return (UnaryOperator<String>) service;
    }

    @Test
    public void repository_findsABundleByItsName_andGivesItsBytes() throws Exception {
        Capability identity = provider(IdentityNamespace.IDENTITY_NAMESPACE, "(osgi.identity=journey.greeter)");

        assertThat(identity.getAttributes())
                .containsEntry(Constants.VERSION_ATTRIBUTE, org.osgi.framework.Version.valueOf("1.0.0"));
        try (InputStream in = ((RepositoryContent) identity.getResource()).getContent()) {
            assertThat(Digest.of(in.readAllBytes()))
                    .isEqualTo(entry("mainstay:journey.greeter").content());
        }
    }

    @Test
    public void repository_findsABundleByAPackage() {
        Capability exported = provider(
                PackageNamespace.PACKAGE_NAMESPACE,
                "(&(osgi.wiring.package=journey.api)(version>=1.2.0)(!(version>=2.0.0)))");

        assertThat(exported.getResource()
                        .getCapabilities(IdentityNamespace.IDENTITY_NAMESPACE)
                        .get(0)
                        .getAttributes())
                .containsEntry(IdentityNamespace.IDENTITY_NAMESPACE, "journey.greeter");
        assertThat(providers(PackageNamespace.PACKAGE_NAMESPACE, "(osgi.wiring.package=journey.nowhere)"))
                .isEmpty();
    }

    private GenerationEntry entry(String location) {
        return Running.node(context)
                .generation()
                .orElseThrow()
                .generation()
                .state()
                .find(location)
                .orElseThrow();
    }

    private Capability provider(String namespace, String filter) {
        Collection<Capability> found = providers(namespace, filter);
        assertThat(found).hasSize(1);
        return found.iterator().next();
    }

    private Collection<Capability> providers(String namespace, String filter) {
        Repository repository = context.getService(context.getServiceReference(Repository.class));
        Requirement requirement = repository
                .newRequirementBuilder(namespace)
                .addDirective(Namespace.REQUIREMENT_FILTER_DIRECTIVE, filter)
                .build();
        return repository.findProviders(List.of(requirement)).get(requirement);
    }
}
