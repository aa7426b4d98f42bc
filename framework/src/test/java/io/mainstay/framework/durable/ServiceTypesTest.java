package io.mainstay.framework.durable;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceTypesTest {
    private static final Runnable SERVICE = () -> {};

    private static Optional<String> passing(List<String> names, Map<String, Object> properties) {
        return ServiceTypes.of(null, names, SERVICE, properties).passing();
    }

    @ParameterizedTest
    @CsvSource({
        "org.apache.felix.ipojo.extender.InstanceDeclaration, its users act when it is registered",
        "org.osgi.service.component.ComponentFactory, its users make of it what they keep for long",
        "org.osgi.service.http.HttpService, its users make of it what they keep for long",
        "org.osgi.service.log.LogReaderService, its users make of it what they keep for long",
        "org.osgi.service.log.LogService, changes themselves are logged by it",
        "org.osgi.framework.hooks.service.FindHook, the framework itself uses it"
    })
    void whatItsUsersHaveToSeeAnew_passesThrough_withTheReason(String name, String why) {
        assertThat(passing(List.of(name), Map.of())).contains(why);
        assertThat(passing(List.of("java.lang.Runnable", name), Map.of())).contains(why);
    }

    @Test
    void whatIsToldAtRegistration_passesThrough_butNotWhatHasOtherTypesAsWell() {
        String managed = "org.osgi.service.cm.ManagedService";
        assertThat(passing(List.of(managed), Map.of())).contains("its users act when it is registered");
        assertThat(passing(List.of(managed, "org.osgi.service.cm.ManagedServiceFactory"), Map.of()))
                .contains("its users act when it is registered");
        assertThat(passing(List.of("java.lang.Runnable", managed), Map.of()))
                .contains("its bundle does not see that type"); // the object here has no such type: it was looked for
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "(objectClass=org.osgi.service.cm.ManagedService); true",
                "(&(service.pid=x)( ObjectClass = org.osgi.service.cm.ManagedServiceFactory )); true",
                "(objectClass=org.osgi.service.cm.ManagedServices); false",
                "(&(objectClass=java.lang.Runnable)(x=org.osgi.service.cm.ManagedService)); false",
                "; true",
                "(service.pid=*); true",
                "(&(objectClass=*)(service.pid=x)); true"
            })
    void filtersOfThoseWhoAreTold(String filter, boolean asks) {
        assertThat(ServiceTypes.mayAskForTold(filter)).isEqualTo(asks);
    }

    @Test
    void jobsOfAScheduler_passThrough_andOthersDoNot() {
        assertThat(passing(List.of("java.lang.Runnable"), Map.of("scheduler.period", 1L)))
                .contains("its users act when it is registered");
        assertThat(passing(List.of("java.lang.Runnable"), Map.of("period", 1L))).isEmpty();
    }
}
