package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.fixture.Callers;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.TestJar;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.ServiceException;
import org.osgi.framework.ServiceReference;

/**
 * A new version registers its service with one more interface, or in another scope: that is another service to the registry, and users
 * are told so. Those who just keep the object go on.
 */
@Timeout(60)
class OtherKindTest extends FrameworkTest {
    private static final String ALONE = "\"java.util.function.Supplier\"";
    private static final String MORE = "\"java.util.function.Supplier\", \"java.lang.Runnable\"";

    private enum Scope {
        SINGLETON("new prov.Service()"),
        BUNDLE("new prov.Factory()"),
        PROTOTYPE("new prov.Prototypes()");

        private final String code;

        Scope(String code) {
            this.code = code;
        }
    }

    private static TestJar provider(String version, String names, Scope scope, String more) {
        String factory =
                " public Object getService(Bundle user, ServiceRegistration registration) { return new Service(); }"
                        + " public void ungetService(Bundle user, ServiceRegistration registration, Object service) { } }";
        return Journal.doing(
                        "prov",
                        version,
                        "context.registerService(new String[] {" + names + "}, " + scope.code + ", null);" + more,
                        "")
                .code(
                        "package prov; public class Service implements Runnable, java.util.function.Supplier<String> {"
                                + " public void run() { } public String get() { return \"" + version + "\"; } }",
                        "package prov; import org.osgi.framework.*; @SuppressWarnings(\"rawtypes\")"
                                + " public class Factory implements ServiceFactory {" + factory,
                        "package prov; import org.osgi.framework.*; @SuppressWarnings(\"rawtypes\")"
                                + " public class Prototypes implements PrototypeServiceFactory {" + factory);
    }

    @SuppressWarnings("rawtypes")
    private ServiceReference<Supplier> reference() {
        return mainstay.context().getServiceReference(Supplier.class);
    }

    @SuppressWarnings("unchecked")
    private Supplier<String> held() {
        return mainstay.context().getServiceObjects(reference()).getService();
    }

    static Stream<Object[]> kinds() {
        return Stream.of(
                new Object[] {Scope.SINGLETON, Scope.SINGLETON, MORE},
                new Object[] {Scope.SINGLETON, Scope.BUNDLE, ALONE},
                new Object[] {Scope.BUNDLE, Scope.BUNDLE, MORE},
                new Object[] {Scope.BUNDLE, Scope.PROTOTYPE, ALONE},
                new Object[] {Scope.PROTOTYPE, Scope.SINGLETON, MORE});
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whoKeepsTheObject_goesOn_throughFurtherUpdates(Scope from, Scope to, String names) throws Exception {
        applied(provider("1.0.0", ALONE, from, ""));
        Supplier<String> held = held();
        assertThat(held.get()).isEqualTo("1.0.0");
        List<String> events = new CopyOnWriteArrayList<>();
        mainstay.context()
                .addServiceListener(
                        (AllServiceListener) event -> events.add(String.valueOf(event.getType())),
                        "(objectClass=java.util.function.Supplier)");
        Callers callers = Callers.start(8, held::get);

        DeployResult result = applied(provider("1.1.0", names, to, ""));

        assertThat(held.get()).isEqualTo("1.1.0");
        assertThat(events).containsExactly("1", "4");
        assertThat(held().get()).isEqualTo("1.1.0");
        applied(provider("1.2.0", names, to, ""));
        assertThat(held.get()).isEqualTo("1.2.0");
        assertThat(callers.end()).isEmpty();
        assertThat(result.continuity().orElseThrow().failed()).isZero();
        mainstay.commit(Change.by("test").remove("prov").build());
        assertThatThrownBy(held::get).isInstanceOf(ServiceException.class);
    }

    @ParameterizedTest
    @CsvSource({"SINGLETON,BUNDLE", "BUNDLE,BUNDLE", "PROTOTYPE,SINGLETON"})
    void changeThatFailsLate_leavesThemWithWhatThereWas(Scope from, Scope to) throws Exception {
        applied(provider("1.0.0", ALONE, from, ""));
        Supplier<String> held = held();
        Callers callers = Callers.start(8, held::get);

        DeployResult result = commit(provider("1.1.0", MORE, to, ""), down(), slow());

        assertThat(Journal.take().toString()).contains("start prov 1.1.0");
        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(held.get()).isEqualTo("1.0.0");
        assertThat(callers.end()).isEmpty();
        mainstay.commit(Change.by("test").remove("prov").build());
        assertThatThrownBy(held::get).isInstanceOf(ServiceException.class);
    }

    /** The control: what is the same service all the time is so on the way back from there, too. */
    @Test
    void changeThatFailsLate_leavesTheSameServiceBehindTheSameReference() throws Exception {
        applied(provider("1.0.0", ALONE, Scope.SINGLETON, ""));
        Supplier<String> held = held();
        ServiceReference<?> reference = reference();
        Callers callers = Callers.start(8, held::get);

        DeployResult result = commit(provider("1.1.0", ALONE, Scope.SINGLETON, ""), down(), slow());

        assertThat(Journal.take().toString()).contains("start prov 1.1.0");
        assertThat(result.outcome()).isEqualTo(Result.FAILED);
        assertThat(held.get()).isEqualTo("1.0.0");
        assertThat(callers.end()).isEmpty();
        assertThat((Object) reference()).isSameAs(reference);
    }

    /** It is down when all is settled, and the health gate looks. */
    private static TestJar down() {
        return Journal.doing(
                "down",
                "1.0.0",
                "new Thread(() -> { try { Thread.sleep(100); context.getBundle().stop(); }"
                        + " catch (Exception e) { throw new IllegalStateException(e); } }).start();",
                "");
    }

    private static TestJar slow() {
        return Journal.doing("slow", "1.0.0", "Thread.sleep(500);", "");
    }

    @Test
    void whoIsNotReplacedByOne_isGone() throws Exception {
        applied(provider("1.0.0", ALONE, Scope.SINGLETON, ""));
        Supplier<String> held = held();

        applied(provider(
                "1.1.0",
                MORE,
                Scope.SINGLETON,
                "context.registerService(new String[] {" + MORE + "}, new prov.Service(), null);"));

        assertThatThrownBy(held::get).isInstanceOf(ServiceException.class).hasMessageContaining("the service is gone");
    }

    /** A version may take back what the one before had more; who began with less goes on. */
    @ParameterizedTest
    @MethodSource("kinds")
    void whoKeepsAnObject_goesOn_thereAndBack(Scope from, Scope to, String names) throws Exception {
        applied(provider("1.0.0", ALONE, from, ""));
        Supplier<String> first = held();
        Callers callers = Callers.start(2, first::get);
        applied(provider("1.1.0", names, to, ""));
        Supplier<String> second = held();

        for (int i = 2; i < 8; i++) {
            applied(provider("1." + i + ".0", i % 2 == 0 ? ALONE : names, i % 2 == 0 ? from : to, ""));

            assertThat(first.get()).isEqualTo("1." + i + ".0");
            if (names.equals(ALONE)) {
                assertThat(second.get()).isEqualTo("1." + i + ".0");
            } else {
                assertThatThrownBy(second::get)
                        .as("it had an interface that there was none of for a while")
                        .isInstanceOf(ServiceException.class)
                        .hasMessageContaining("the service is gone");
            }
        }

        assertThat(commit(provider("1.8.0", ALONE, from, ""), down(), slow()).outcome())
                .isEqualTo(Result.FAILED);
        assertThat(first.get()).isEqualTo("1.7.0");
        assertThat(callers.end()).isEmpty();
    }

    @Test
    void whatIsNamed_isFollowedByItsName() throws Exception {
        applied(named("1.0.0", ALONE, "a", "b", "c"));
        List<Supplier<String>> held = List.of(held("a"), held("b"), held("c"));
        assertThat(held).extracting(Supplier::get).containsExactly("a 1.0.0", "b 1.0.0", "c 1.0.0");

        applied(named("1.1.0", MORE, "c", "d", "b"));

        assertThat(held.get(1).get()).isEqualTo("b 1.1.0");
        assertThat(held.get(2).get()).isEqualTo("c 1.1.0");
        assertThatThrownBy(held.get(0)::get)
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("the service is gone");
    }

    private static TestJar named(String version, String types, String... names) {
        String registers = Stream.of(names)
                .map(name -> "context.registerService(new String[] {" + types + "}, new prov.Named(\"" + name
                        + "\"), new java.util.Hashtable<>(java.util.Map.of(\"name\", \"" + name + "\")));")
                .collect(Collectors.joining());
        return Journal.doing("prov", version, registers, "")
                .code(
                        "package prov; public record Named(String name) implements Runnable, java.util.function.Supplier<String> {"
                                + " public void run() { } public String get() { return name + \" " + version
                                + "\"; } }");
    }

    @SuppressWarnings("unchecked")
    private Supplier<String> held(String name) throws Exception {
        return mainstay.context()
                .getService(mainstay.context()
                        .getServiceReferences(Supplier.class, "(name=" + name + ")")
                        .iterator()
                        .next());
    }
}
