package io.mainstay.itests;

import static org.ops4j.pax.exam.CoreOptions.cleanCaches;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkStartLevel;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemPackage;
import static org.ops4j.pax.exam.CoreOptions.workingDirectory;

import javax.inject.Inject;
import org.junit.Before;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;

/** A test that Pax Exam runs inside a framework of ours. All of it is in the probe bundle, and runs on both sides. */
@RunWith(PaxExam.class)
@ExamFactory(MainstayContainers.class)
@ExamReactorStrategy(PerClass.class)
public abstract class ContainerTest {
    /** Above all levels of a system; Pax Exam goes to this one, down too. */
    private static final int START_LEVEL = 20;

    @Inject
    BundleContext context;

    /** Outside: {@return what all containers are given} */
    Option container() {
        return composite(
                workingDirectory(
                        Work.folder("exam").resolve(getClass().getSimpleName()).toString()),
                cleanCaches(),
                junitBundles(),
                frameworkStartLevel(START_LEVEL),
                // AssertJ from the class path; what it needs itself, it finds there
                systemPackage("org.assertj.core.api"));
    }

    /** Outside: {@return the logging that Pax Exam's bundles import, where the system brings none} */
    static Option logging() {
        return systemPackage("org.slf4j;version=1.7.36");
    }

    /** Inside. */
    @Before
    public void frameworkIsOurs() {
        Running.assertOurs(context);
    }
}
