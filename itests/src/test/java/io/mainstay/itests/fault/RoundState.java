package io.mainstay.itests.fault;

import io.mainstay.framework.deploy.Change;
import io.mainstay.intake.BundleIntake;
import io.mainstay.intake.CheckedBundle;
import io.mainstay.intake.IntakeLimits;
import io.mainstay.itests.Jars;
import io.mainstay.store.ContentSource;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.SystemState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state that round N commits, so that any state found can be told apart from all others: {@code core} carries the
 * round's number, {@code user} is wired to it and reset with it, {@code beside} is left alone, and of {@code even} and
 * {@code odd} one comes and one goes. The generation's message says which round it is.
 */
final class RoundState {
    /** The entry of {@code core} that holds the round's number. */
    static final String ROUND = "round.txt";

    private static final BundleIntake INTAKE = new BundleIntake(IntakeLimits.DEFAULT);

    private final int round;

    private RoundState(int round) {
        this.round = round;
    }

    static RoundState of(int round) {
        return new RoundState(round);
    }

    /** {@return the state that a generation with this message claims to be} */
    static RoundState named(String message) {
        return new RoundState(Integer.parseInt(message.substring("round ".length())));
    }

    int round() {
        return round;
    }

    String message() {
        return "round " + round;
    }

    private static Jars bundle(String name) {
        return Jars.bundle(name, "1.0.0").type(Idle.class).header("Bundle-Activator", Idle.class.getName());
    }

    private static CheckedBundle core(int round) {
        return checked(bundle("core")
                .header("Import-Package", "org.osgi.framework")
                .header("Export-Package", "core.api")
                .entry("core/api/text.txt", "text")
                .entry(ROUND, String.valueOf(round)));
    }

    private static CheckedBundle user() {
        return checked(bundle("user").header("Import-Package", "org.osgi.framework, core.api"));
    }

    private static CheckedBundle plain(String name) {
        return checked(bundle(name).header("Import-Package", "org.osgi.framework"));
    }

    private static String sometimes(int round) {
        return round % 2 == 0 ? "even" : "odd";
    }

    private static CheckedBundle checked(Jars jar) {
        try {
            return INTAKE.check(ContentSource.of("test.jar", jar.bytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the change that makes this state of any other} */
    Change from(SystemState before) {
        Change.Builder change = Change.by("fault test")
                .message(message())
                .add(core(round))
                .add(user(), 2)
                .add(plain("beside"))
                .add(plain(sometimes(round)));
        String other = sometimes(round + 1);
        if (before.entries().stream().anyMatch(entry -> entry.symbolicName().equals(other))) {
            change.remove(other);
        }
        return change.build();
    }

    /** {@return what the state consists of: content and start level by symbolic name} */
    Map<String, String> expected() {
        Map<String, String> expected = new TreeMap<>();
        for (CheckedBundle bundle : new CheckedBundle[] {core(round), plain("beside"), plain(sometimes(round))}) {
            expected.put(
                    bundle.content().symbolicName(), bundle.content().digest().hex() + " at 1");
        }
        expected.put("user", user().content().digest().hex() + " at 2");
        return expected;
    }

    /** {@return what a state found consists of, in the same form} */
    static Map<String, String> found(SystemState state) {
        Map<String, String> found = new TreeMap<>();
        for (GenerationEntry entry : state.entries()) {
            found.put(entry.symbolicName(), entry.content().hex() + " at " + entry.startLevel());
        }
        return found;
    }
}
