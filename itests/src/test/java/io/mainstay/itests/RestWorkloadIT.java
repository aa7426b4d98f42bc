package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.MainstayFrameworkFactory;
import io.mainstay.framework.Settings;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** A system with CXF on Jetty 9, booted from Derby as any OSGi launcher would. */
class RestWorkloadIT {

    @Test
    void workload_bootsFromTheStoreAlone(@TempDir Path folder) throws Exception {
        String store = "jdbc:derby:" + folder.resolve("store");
        int port = Work.freePort();
        Workload workload = Workload.read("rest");
        workload.commitTo(store);

        Framework framework = factory()
                .newFramework(Map.of(
                        Settings.STORE,
                        store,
                        Constants.FRAMEWORK_STORAGE,
                        folder.resolve("felix").toString(),
                        "felix.fileinstall.dir",
                        folder.resolve("load").toString(),
                        "felix.fileinstall.tmpdir",
                        folder.resolve("fileinstall").toString(),
                        "gosh.args",
                        "--noshutdown --nointeractive",
                        "org.apache.felix.http.host",
                        "127.0.0.1",
                        "org.osgi.service.http.port",
                        String.valueOf(port)));
        framework.start();
        try {
            BundleContext context = framework.getBundleContext();
            Running.assertOurs(context);
            Running.awaitUp(context);
            assertThat(Running.node(context)
                            .generation()
                            .orElseThrow()
                            .generation()
                            .state()
                            .entries())
                    .hasSameSizeAs(workload.parts());
            assertThat(context.getServiceReference("org.osgi.service.jaxrs.runtime.JaxrsServiceRuntime"))
                    .as("the runtime of the JAX-RS whiteboard")
                    .isNotNull();
            Web.assertConsoleServes(port);
        } finally {
            framework.stop();
            framework.waitForStop(30_000);
        }
    }

    private static FrameworkFactory factory() {
        return ServiceLoader.load(FrameworkFactory.class).stream()
                .filter(provider -> provider.type() == MainstayFrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .get();
    }
}
