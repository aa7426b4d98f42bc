package io.mainstay.framework.durable;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.Bundle;

/** What stands for a bundle with services of one class that stay while it is reset. */
final class Provider {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Bundle BUNDLE = (Bundle) Proxy.newProxyInstance(
            Provider.class.getClassLoader(), new Class<?>[] {Bundle.class}, (proxy, method, arguments) -> "provider");

    private final List<StableService> services = new ArrayList<>();
    private final Bystanders bystanders = new Bystanders();

    Provider(int number, StableClassWriter.Callers callers) throws ReflectiveOperationException {
        StableClass type = new StableClass(List.of(Counter.class), callers);
        Generation generation = new Generation();
        for (int i = 0; i < number; i++) {
            Counter first = generation.make();
            StableService service = new StableService(BUNDLE, List.of(Counter.class.getName()), type, first, Map.of());
            service.attach(first, null, new Hashtable<>());
            services.add(service);
        }
    }

    /** {@return what users of the services hold} */
    Counter[] held() {
        return services.stream().map(service -> (Counter) service.published()).toArray(Counter[]::new);
    }

    /** {@return the only service} */
    Counter only() {
        return held()[0];
    }

    /** Looks who is outside, holds calls, and waits until those under way have ended. */
    Hold hold() {
        lookAround();
        return holdNow();
    }

    void lookAround() {
        bystanders.look();
    }

    /** As {@link #hold}, with what was seen when somebody looked around last. */
    Hold holdNow() {
        Hold hold =
                new Hold("a benchmark", PATIENCE, new Waits(), new Handovers((what, action) -> {}, false), Set.of());
        hold.begin(services);
        if (!new Drain(hold, bystanders).await(PATIENCE).isEmpty()) {
            throw new IllegalStateException("Calls do not end");
        }
        return hold;
    }

    /** Replaces the code of all services. */
    void reset() {
        Hold hold = hold();
        services.forEach(StableService::detach);
        Generation generation = new Generation();
        services.forEach(service -> service.attach(generation.make(), null, new Hashtable<>()));
        hold.release();
    }

    /** Replaces the code some times, and has it called in between, so that the compiler learns of each. */
    void age(int resets) {
        for (int i = 0; i < resets; i++) {
            for (Counter service : held()) {
                int number = 0;
                for (int call = 0; call < 30_000; call++) {
                    number = service.next(number);
                }
                if (number != 30_000) {
                    throw new IllegalStateException("Calls were lost");
                }
            }
            reset();
        }
    }
}
