package io.mainstay.framework.workshop;

import io.mainstay.source.Project;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs compiled tests with the JUnit Platform, on the calling thread. */
final class TestRun {
    private static final int FRAMES = 12;

    private TestRun() {}

    /** {@return how the tests went; the loader has them and all that they use} */
    static TestReport run(String label, SortedMap<String, byte[]> tests, ClassLoader loader) {
        List<String> names = tests.keySet().stream()
                .filter(path -> path.endsWith(".class") && path.indexOf('$') < 0)
                .map(path -> path.substring(0, path.length() - 6).replace('/', '.'))
                .toList();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            List<Class<?>> classes = new ArrayList<>();
            for (String name : names) {
                classes.add(Class.forName(name, false, loader));
            }
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(classes.stream()
                            .map(DiscoverySelectors::selectClass)
                            .toList())
                    .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "false")
                    .build();
            LauncherFactory.create().execute(request, listener);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("A class that was compiled just now is gone", e);
        } finally {
            thread.setContextClassLoader(before);
        }
        TestExecutionSummary summary = listener.getSummary();
        return new TestReport(
                label,
                summary.getTestsStartedCount(),
                summary.getTestsSkippedCount(),
                summary.getFailures().stream().map(TestRun::failure).toList(),
                List.of());
    }

    private static TestReport.Failure failure(TestExecutionSummary.Failure failure) {
        TestIdentifier test = failure.getTestIdentifier();
        String name = test.getSource()
                .map(Object::toString)
                .map(source -> source.replaceAll(".*className = '([^']*)', methodName = '([^']*)'.*", "$1.$2"))
                .orElse(test.getDisplayName());
        StringBuilder trace = new StringBuilder();
        StackTraceElement[] frames = failure.getException().getStackTrace();
        for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
            if (!frames[i].getClassName().startsWith("org.junit.")
                    && !frames[i].getClassName().startsWith("java.lang.reflect.")
                    && !frames[i].getClassName().startsWith("jdk.internal.")) {
                trace.append("\tat ").append(frames[i]).append('\n');
            }
        }
        return new TestReport.Failure(name, message(failure.getException()), trace.toString());
    }

    /** An assertion says what is wrong; of all else it matters what it is, and what it comes from. */
    private static String message(Throwable failure) {
        if (failure instanceof AssertionError && failure.getMessage() != null) {
            return failure.getMessage();
        }
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root == failure ? failure.toString() : failure + ", because of " + root;
    }

    /** Whether a project has tests. */
    static boolean has(Project project) {
        return project.below(Project.TESTS).keySet().stream().anyMatch(path -> path.endsWith(".java"));
    }
}
