package io.mainstay.itests.fault;

import io.mainstay.framework.MainstayFrameworkFactory;
import io.mainstay.framework.Settings;
import io.mainstay.framework.node.RunningNode;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.StoreOptions;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.launch.Framework;

/**
 * A process with a node that shares its embedded store. It says how the store is reached; when its input ends it waits
 * until it is on the head, says which generation it runs, and ends.
 */
final class SharingNode {
    private SharingNode() {}

    /** Runs on the store of this URL. */
    public static void main(String[] arguments) throws Exception {
        Framework framework = new MainstayFrameworkFactory()
                .newFramework(Map.of(Settings.STORE, arguments[0], Settings.SHARED, "true", Settings.NODE, "sharing"));
        framework.start();
        BundleContext context = framework.getBundleContext();
        RunningNode node = context.getService(context.getServiceReference(RunningNode.class));
        StoreOptions access = node.store().sharedAccess().orElseThrow();
        System.out.println("at " + access.url());
        System.out.println("user " + access.user().orElseThrow());
        System.out.println("password " + access.password().orElseThrow());
        while (System.in.read() >= 0) {
            // whoever started this says when to end by closing its end of the pipe
        }
        long head = node.store().history().headNumber(Settings.DEFAULT_CHANNEL);
        while (node.generation().map(GenerationRecord::number).orElse(0L) != head) {
            Thread.sleep(20);
        }
        System.out.println("runs " + head);
        framework.stop();
        framework.waitForStop(0);
    }
}
