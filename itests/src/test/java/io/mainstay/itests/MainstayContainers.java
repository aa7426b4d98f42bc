package io.mainstay.itests;

import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;
import org.ops4j.pax.exam.ExamSystem;
import org.ops4j.pax.exam.TestContainer;
import org.ops4j.pax.exam.TestContainerException;
import org.ops4j.pax.exam.TestContainerFactory;
import org.ops4j.pax.exam.nat.internal.NativeTestContainer;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * Gives Pax Exam one container, of our framework. By itself it makes one of each factory that it finds, Felix's own among
 * them, and tells the result of one only.
 */
public class MainstayContainers implements TestContainerFactory {

    @Override
    public TestContainer[] create(ExamSystem system) {
        List<FrameworkFactory> found = ServiceLoader.load(FrameworkFactory.class).stream()
                .filter(provider -> wanted(provider.type().getName()))
                .map(ServiceLoader.Provider::get)
                .toList();
        if (found.size() != 1) {
            throw new TestContainerException("Expected exactly one framework factory, found " + found);
        }
        try {
            return new TestContainer[] {new NativeTestContainer(system, found.get(0))};
        } catch (IOException e) {
            throw new TestContainerException(e);
        }
    }

    boolean wanted(String factory) {
        return !factory.startsWith("org.apache.felix.");
    }

    /** Gives Felix's own framework: the mistake that tests have to notice. */
    public static final class Felix extends MainstayContainers {
        @Override
        boolean wanted(String factory) {
            return !super.wanted(factory);
        }
    }
}
