package io.mainstay.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.DeployResult.Result;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.framework.deploy.Preview;
import io.mainstay.framework.fixture.Journal;
import io.mainstay.framework.fixture.Stores;
import io.mainstay.framework.fixture.TestJar;
import io.mainstay.framework.node.LiveNodes;
import io.mainstay.framework.node.NodeReport;
import io.mainstay.store.Progress;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A test in a framework that runs before it and is closed after it, on a channel of its own. Who wants other properties sets
 * them in the constructor.
 */
abstract class FrameworkTest {
    final Map<String, String> properties = new HashMap<>(Stores.freshChannel());
    Mainstay mainstay;

    FrameworkTest() {
        properties.putAll(Journal.exported());
    }

    @BeforeEach
    final void start() throws Exception {
        Journal.take();
        mainstay = Mainstay.open(properties).start();
    }

    @AfterEach
    final void close() {
        mainstay.close();
        Journal.take();
    }

    final void restart() throws Exception {
        mainstay.close();
        mainstay = Mainstay.open(properties).start();
    }

    final String channel() {
        return properties.get(Settings.CHANNEL);
    }

    static Change.Builder change(TestJar... jars) {
        Change.Builder change = Change.by("test");
        for (TestJar jar : jars) {
            change.add(jar.checked());
        }
        return change;
    }

    /** {@return how a commit ended, whatever that is} */
    final DeployResult commit(TestJar... jars) throws Exception {
        return mainstay.commit(change(jars).build());
    }

    /** Commits, and requires that it runs. */
    final DeployResult applied(TestJar... jars) throws Exception {
        return applied(change(jars));
    }

    /** Commits, and requires that it runs. */
    final DeployResult applied(Change.Builder change) throws Exception {
        DeployResult result = mainstay.commit(change.build());
        requireApplied(result);
        return result;
    }

    static void requireApplied(DeployResult result) {
        assertThat(result.cause()).isEmpty();
        assertThat(result.outcome()).isEqualTo(Result.APPLIED);
    }

    /** {@return what the node says of itself, once it has said something of its bundles} */
    final NodeReport liveReport() throws Exception {
        NodeReport report = NodeReport.EMPTY;
        for (int i = 0; i < 200 && report.live().isEmpty(); i++) {
            Thread.sleep(50); // what a node says of itself comes by the database
            report = NodeReport.of(
                    new LiveNodes(mainstay.store(), channel()).alive().get(0).report());
        }
        return report;
    }

    final Preview plan(TestJar... jars) {
        return mainstay.plan(change(jars).build());
    }

    final DeployResult forced(TestJar... jars) throws Exception {
        return mainstay.commit(change(jars).build(), new Deployer.Options(true, true, Progress.NONE));
    }
}
