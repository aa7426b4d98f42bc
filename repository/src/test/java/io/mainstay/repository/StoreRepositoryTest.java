package io.mainstay.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.MemoryStore;
import io.mainstay.TestBundles;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.store.Content;
import io.mainstay.store.StoreException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.service.repository.AndExpression;
import org.osgi.service.repository.ContentNamespace;
import org.osgi.service.repository.ExpressionCombiner;
import org.osgi.service.repository.IdentityExpression;
import org.osgi.service.repository.RepositoryContent;
import org.osgi.service.repository.RequirementExpression;
import org.osgi.util.promise.Promise;

/** The Repository service over a store: Compendium 8.1, 132. */
class StoreRepositoryTest {
    private static final CheckedBundle API_1 = TestBundles.bundle("org.acme.api", "1.0.0")
            .header("Export-Package", "org.acme.api;version=1.0.0,org.acme.util;version=2.5")
            .checked();
    private static final CheckedBundle API_2 = TestBundles.bundle("org.acme.api", "2.1.0")
            .header("Export-Package", "org.acme.api;version=2.1.0;vendor=acme;mandatory:=\" vendor , version\"")
            .checked();
    private static final CheckedBundle SERVICE = TestBundles.bundle("org.acme.service", "1.5.0.beta")
            .header("Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=17))\"")
            .header("Import-Package", "org.acme.api;version=\"[1,2)\"")
            .header(
                    "Provide-Capability",
                    "osgi.service;objectClass:List<String>=\"java.lang.Runnable,org.acme.Service\";effective:=active,"
                            + "acme.ext;acme.ext=html;kind=big;n:Long=5,"
                            + "acme.ext;acme.ext=\"a*b(c)\\d\","
                            + "acme.ext;acme.ext:List<String>=\"left,right\","
                            + "typed;typed:Version=1.0,typed;typed:Long=7,typed;other=x")
            .checked();
    private static final CheckedBundle HTML = TestBundles.bundle("org.acme.html", "1.0.0")
            .header("Provide-Capability", "acme.ext;acme.ext=htmlx;kind=small;n:Long=9")
            .checked();

    private static MemoryStore memory;
    private static StoreRepository repository;

    @BeforeAll
    static void fill() {
        memory = new MemoryStore();
        memory.put(API_1, API_2, SERVICE, HTML);
        repository = new StoreRepository(memory.store());
    }

    @AfterAll
    static void drop() {
        memory.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "osgi.wiring.package # (osgi.wiring.package=org.acme.api) # org.acme.api 1.0.0",
                "osgi.wiring.package # (&(osgi.wiring.package=org.acme.api)(version>=1.0)(!(version>=2.0))) # org.acme.api 1.0.0",
                "osgi.wiring.package # (&(osgi.wiring.package=org.acme.api)(version>=3)) # ''",
                "osgi.wiring.package # (&(osgi.wiring.package=org.acme.api)(version=1)) # org.acme.api 1.0.0",
                "osgi.wiring.package # (osgi.wiring.package=org.acme.*) # org.acme.api 1.0.0,org.acme.api 1.0.0",
                "osgi.wiring.package # (osgi.wiring.package=org.*.util) # org.acme.api 1.0.0",
                "osgi.wiring.package # (osgi.wiring.package=*util) # org.acme.api 1.0.0",
                "osgi.wiring.package # (osgi.wiring.package=ORG.ACME.API) # ''",
                "osgi.wiring.package # (|(osgi.wiring.package=org.acme.util)(osgi.wiring.package=none)) # org.acme.api 1.0.0",
                "osgi.wiring.package # (!(osgi.wiring.package=org.acme.util)) # org.acme.api 1.0.0",
                "osgi.wiring.package # (&(osgi.wiring.package=org.acme.api)(vendor=acme)(version>=2)) # org.acme.api 2.1.0",
                "osgi.wiring.package # (&(osgi.wiring.package=org.acme.api)(vendor=acme)) # ''",
                "osgi.wiring.package # (&(osgi.wiring.package=org.acme.api)(version>=2)) # ''",
                "osgi.wiring.bundle # (osgi.wiring.bundle=org.acme.api) # org.acme.api 1.0.0,org.acme.api 2.1.0",
                "osgi.wiring.bundle # (&(osgi.wiring.bundle=org.acme.api)(bundle-version>=2)) # org.acme.api 2.1.0",
                "osgi.identity # (osgi.identity=org.acme.service) # org.acme.service 1.5.0.beta",
                "osgi.identity # (&(osgi.identity=org.acme.api)(version=2.1.0)(type=osgi.bundle)) # org.acme.api 2.1.0",
                "osgi.identity # (type=osgi.bundle) # org.acme.api 1.0.0,org.acme.api 2.1.0,org.acme.html 1.0.0,org.acme.service 1.5.0.beta",
                "osgi.identity # (osgi.identity=*) # org.acme.api 1.0.0,org.acme.api 2.1.0,org.acme.html 1.0.0,org.acme.service 1.5.0.beta",
                "osgi.service # (objectClass=org.acme.Service) # org.acme.service 1.5.0.beta",
                "osgi.service # (objectClass=java.lang.*) # org.acme.service 1.5.0.beta",
                "osgi.service # (&(objectClass=java.lang.Runnable)(objectClass=org.acme.Service)) # org.acme.service 1.5.0.beta",
                "osgi.service # (objectClass=org.acme.Other) # ''",
                "acme.ext # (acme.ext=html) # org.acme.service 1.5.0.beta",
                "acme.ext # (acme.ext=html*) # org.acme.html 1.0.0,org.acme.service 1.5.0.beta",
                "acme.ext # (acme.ext=a\\*b\\(c\\)\\\\d) # org.acme.service 1.5.0.beta",
                "acme.ext # (acme.ext=a\\*b*) # org.acme.service 1.5.0.beta",
                "acme.ext # (acme.ext=a*d) # org.acme.service 1.5.0.beta",
                "acme.ext # (acme.ext=right) # org.acme.service 1.5.0.beta",
                "acme.ext # (acme.ext=r*) # org.acme.service 1.5.0.beta",
                "acme.ext # (acme.ext~=HT ML) # org.acme.service 1.5.0.beta",
                "acme.ext # (acme.ext>=html) # org.acme.html 1.0.0,org.acme.service 1.5.0.beta,org.acme.service 1.5.0.beta",
                "acme.ext # (|(kind=small)(&(n<=5)(acme.ext=html))) # org.acme.html 1.0.0,org.acme.service 1.5.0.beta",
                "acme.ext # (&(kind=*)(!(|(n>=6)(acme.ext=left)))) # org.acme.service 1.5.0.beta",
                "typed # (typed=1) # org.acme.service 1.5.0.beta",
                "typed # (typed=1.0.0) # org.acme.service 1.5.0.beta",
                "typed # (typed= 7 ) # org.acme.service 1.5.0.beta",
                "typed # (typed=07) # org.acme.service 1.5.0.beta",
                "typed # (typed>=6) # org.acme.service 1.5.0.beta",
                "typed # (other=x) # org.acme.service 1.5.0.beta",
                "nothing.here # (a=b) # ''",
            })
    void filter_findsWhatItMatches(String namespace, String filter, String labels) {
        assertThat(labels(find(namespace, filter)))
                .containsExactlyInAnyOrder(labels.isEmpty() ? new String[0] : labels.split(","));
    }

    @Test
    void whitespaceInFilters_isAllowed() {
        for (String filter : List.of(
                " ( osgi.wiring.package =org.acme.util) ",
                "( &\n (osgi.wiring.package=org.acme.util)\n\t( version>=2.5 ) )",
                "( | ( osgi.wiring.package=org.acme.util) ( osgi.wiring.package=none ) )",
                "( ! ( ! ( osgi.wiring.package=org.acme.util) ) )")) {
            assertThat(labels(find(PackageNamespace.PACKAGE_NAMESPACE, filter)))
                    .as(filter)
                    .containsExactly("org.acme.api 1.0.0");
        }
        assertThat(labels(find(
                        PackageNamespace.PACKAGE_NAMESPACE,
                        "(&\n(osgi.wiring.package=org.acme.api)\n(vendor=acme)\n(version>=2)\n)")))
                .containsExactly("org.acme.api 2.1.0");
    }

    @Test
    void requirementWithoutFilter_findsAllOfItsNamespace() {
        Requirement all = repository
                .newRequirementBuilder(BundleNamespace.BUNDLE_NAMESPACE)
                .build();

        assertThat(repository.findProviders(List.of(all)).get(all)).hasSize(4);
    }

    @Test
    void everyRequirement_isAnswered_alsoWithNothing() {
        Requirement some = requirement(IdentityNamespace.IDENTITY_NAMESPACE, "(osgi.identity=org.acme.html)");
        Requirement none = requirement(IdentityNamespace.IDENTITY_NAMESPACE, "(osgi.identity=none)");

        Map<Requirement, Collection<Capability>> providers = repository.findProviders(List.of(none, some));

        assertThat(providers).containsOnlyKeys(none, some);
        assertThat(providers.get(none)).isEmpty();
        assertThat(labels(providers.get(some))).containsExactly("org.acme.html 1.0.0");
        providers.get(none).addAll(providers.remove(some));
        assertThat(providers.get(none)).as("the map is the caller's to change").hasSize(1);
    }

    @Test
    void brokenFilter_isRefusedWithItsText() {
        Requirement broken = requirement(IdentityNamespace.IDENTITY_NAMESPACE, "(osgi.identity=a");

        assertThatThrownBy(() -> repository.findProviders(List.of(broken)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(osgi.identity=a");
    }

    @Test
    void versions_areVersionsOfTheFramework() {
        assertThat(find(PackageNamespace.PACKAGE_NAMESPACE, "(osgi.wiring.package=org.acme.util)"))
                .singleElement()
                .satisfies(found -> assertThat(found.getAttributes()).containsEntry("version", new Version("2.5")));
        assertThat(find("typed", "(typed=1)"))
                .singleElement()
                .satisfies(found -> assertThat(found.getAttributes()).containsEntry("typed", new Version("1.0")));
    }

    @Test
    void resource_hasItsRequirements() {
        Resource resource = resource("org.acme.service");

        assertThat(resource.getRequirements(PackageNamespace.PACKAGE_NAMESPACE))
                .singleElement()
                .satisfies(found -> {
                    assertThat(found.getResource()).isSameAs(resource);
                    assertThat(found.getDirectives().get("filter")).contains("org.acme.api");
                });
        assertThat(resource.getRequirements("osgi.ee")).hasSize(1);
        assertThat(resource.getRequirements(null)).hasSize(2);
        assertThat(resource.getCapabilities(null))
                .allSatisfy(found -> assertThat(found.getResource()).isSameAs(resource));
    }

    @Test
    void resource_givesItsBytes() throws Exception {
        try (InputStream in = ((RepositoryContent) resource("org.acme.html")).getContent()) {
            assertThat(in.readAllBytes()).isEqualTo(HTML.source().open().readAllBytes());
        }
    }

    @Test
    void content_isDescribedByDigestSizeAndType() {
        Content content = HTML.content();

        assertThat(resource("org.acme.html").getCapabilities(ContentNamespace.CONTENT_NAMESPACE))
                .singleElement()
                .satisfies(found -> assertThat(found.getAttributes())
                        .containsEntry("osgi.content", content.digest().hex())
                        .containsEntry("size", content.sizeBytes())
                        .containsEntry("mime", "application/vnd.osgi.bundle")
                        .containsEntry("url", "mainstay:" + content.digest()));
    }

    @Test
    void content_isFoundByItsDigest() {
        assertThat(labels(find(
                        ContentNamespace.CONTENT_NAMESPACE,
                        "(osgi.content=" + HTML.content().digest() + ")")))
                .containsExactly("org.acme.html 1.0.0");
    }

    @Test
    void resources_areEqualByDigest() {
        Resource one = resource("org.acme.html");
        Resource same = find(new StoreRepository(memory.store()), "osgi.identity", "(osgi.identity=org.acme.html)")
                .iterator()
                .next()
                .getResource();

        assertThat(same).isNotSameAs(one).isEqualTo(one).hasSameHashCodeAs(one);
        assertThat(same.getCapabilities(null)).isEqualTo(one.getCapabilities(null));
        assertThat(resource("org.acme.service")).isNotEqualTo(one);
    }

    @Test
    void collectedContent_isNoLongerFound() {
        try (MemoryStore other = new MemoryStore()) {
            other.put(HTML);
            StoreRepository fresh = new StoreRepository(other.store());
            assertThat(find(fresh, "osgi.identity", "(osgi.identity=*)")).hasSize(1);

            other.store().collect(1);

            assertThat(find(fresh, "osgi.identity", "(osgi.identity=*)")).isEmpty();
        }
    }

    @Test
    void combinedExpressions_areAnswered() throws Exception {
        ExpressionCombiner combine = repository.getExpressionCombiner();
        RequirementExpression api = identity("(osgi.identity=org.acme.api)");
        RequirementExpression html = identity("(osgi.identity=org.acme.html)");
        RequirementExpression young = identity("(version>=1.5)");

        assertThat(resources(api)).containsExactlyInAnyOrder("org.acme.api 1.0.0", "org.acme.api 2.1.0");
        assertThat(resources(combine.and(api, young))).containsExactly("org.acme.api 2.1.0");
        assertThat(resources(combine.or(api, html)))
                .containsExactlyInAnyOrder("org.acme.api 1.0.0", "org.acme.api 2.1.0", "org.acme.html 1.0.0");
        assertThat(resources(combine.not(api)))
                .containsExactlyInAnyOrder("org.acme.html 1.0.0", "org.acme.service 1.5.0.beta");
        assertThat(resources(combine.and(combine.not(api), combine.not(html), young)))
                .containsExactly("org.acme.service 1.5.0.beta");
        assertThat(resources(combine.and(api, html))).isEmpty();
        assertThat(resources(combine.not(combine.or(api, combine.not(api))))).isEmpty();
        AndExpression and = combine.and(api, html);
        assertThat(and.getRequirementExpressions()).containsExactly(api, html);
    }

    @Test
    void expressions_crossNamespaces() throws Exception {
        ExpressionCombiner combine = repository.getExpressionCombiner();

        assertThat(resources(
                        combine.and(expression("acme.ext", "(acme.ext=html*)"), expression("typed", "(typed>=6)"))))
                .containsExactly("org.acme.service 1.5.0.beta");
        assertThat(resources(combine.and(
                        expression("osgi.identity", "(type=osgi.bundle)"),
                        expression("osgi.wiring.package", "(&(osgi.wiring.package=org.acme.api)(version>=1))"))))
                .as("mandatory attributes count in a conjunction too")
                .containsExactly("org.acme.api 1.0.0");
    }

    @Test
    void conjunction_isTheSameInAnyOrder() throws Exception {
        ExpressionCombiner combine = repository.getExpressionCombiner();
        RequirementExpression service = expression("osgi.service", "(objectClass=org.acme.Service)");
        RequirementExpression named = identity("(osgi.identity=org.acme.service)");

        assertThat(resources(combine.and(service, named))).containsExactly("org.acme.service 1.5.0.beta");
        assertThat(resources(combine.and(named, service))).containsExactly("org.acme.service 1.5.0.beta");
        assertThat(resources(combine.and(named, combine.not(service)))).isEmpty();
    }

    @Test
    void failure_goesIntoThePromise() throws Exception {
        Promise<Collection<Resource>> broken = repository.findProviders(identity("(osgi.identity=a"));
        assertThat(broken.getFailure()).isInstanceOf(IllegalArgumentException.class);

        MemoryStore other = new MemoryStore();
        StoreRepository closed = new StoreRepository(other.store());
        other.close();
        assertThat(closed.findProviders(identity("(osgi.identity=a)")).getFailure())
                .isInstanceOf(StoreException.class);
    }

    private static IdentityExpression identity(String filter) {
        return expression(IdentityNamespace.IDENTITY_NAMESPACE, filter);
    }

    private static IdentityExpression expression(String namespace, String filter) {
        return repository
                .newRequirementBuilder(namespace)
                .addDirective("filter", filter)
                .buildExpression();
    }

    private static List<String> resources(RequirementExpression expression) throws Exception {
        return repository.findProviders(expression).getValue().stream()
                .map(StoreRepositoryTest::label)
                .toList();
    }

    private static Requirement requirement(String namespace, String filter) {
        return repository
                .newRequirementBuilder(namespace)
                .addDirective("filter", filter)
                .build();
    }

    private static Collection<Capability> find(String namespace, String filter) {
        return find(repository, namespace, filter);
    }

    private static Collection<Capability> find(StoreRepository where, String namespace, String filter) {
        Requirement requirement = requirement(namespace, filter);
        return where.findProviders(List.of(requirement)).get(requirement);
    }

    private static Resource resource(String name) {
        return find(IdentityNamespace.IDENTITY_NAMESPACE, "(osgi.identity=" + name + ")")
                .iterator()
                .next()
                .getResource();
    }

    private static List<String> labels(Collection<Capability> capabilities) {
        return capabilities.stream()
                .map(Capability::getResource)
                .map(StoreRepositoryTest::label)
                .toList();
    }

    private static String label(Resource resource) {
        Map<String, Object> identity = resource.getCapabilities(IdentityNamespace.IDENTITY_NAMESPACE)
                .get(0)
                .getAttributes();
        return identity.get("osgi.identity") + " " + identity.get("version");
    }
}
