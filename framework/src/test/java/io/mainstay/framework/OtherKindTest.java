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
        Callers callers = Callers.start(1, held::get);

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
        Callers callers = Callers.start(1, held::get);

        DeployResult result = commit(provider("1.1.0", MORE, to, ""), down());

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
        Callers callers = Callers.start(1, held::get);

        DeployResult result = commit(
                provider("1.1.0", ALONE, Scope.SINGLETON, ""),
                down(),
                Journal.doing("slow", "1.0.0", "Thread.sleep(500);", ""));

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
}
