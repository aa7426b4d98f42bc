package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.itests.journey.OwnDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.derby.iapi.jdbc.AutoloadedDriver;
import org.apache.derby.shared.api.DerbyModuleAPI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bundle brings Derby with it: neither its database nor the node's store notices the other. */
class OwnDerbyIT {
    @TempDir
    private Path folder;

    @Test
    void bundleWithADerbyOfItsOwn_works_andIsUpdated() throws Exception {
        Tool tool = new Tool(folder);

        try (NodeProcess node = tool.node("--empty")) {
            assertThat(tool.done("deploy", jar("1.0.0").toString()).out()).contains("applied");
            assertThat(tool.done("deploy", jar("1.1.0").toString()).out()).contains("applied");
            assertThat(node.isAlive()).isTrue();
            assertThat(tool.done("verify").out()).contains("All is well");
        }
    }

    private Path jar(String version) throws Exception {
        return Jars.bundle("database", version)
                .header("Import-Package", "org.osgi.framework")
                .header("DynamicImport-Package", "org.w3c.*,org.xml.*,javax.*")
                .header("Bundle-Activator", OwnDatabase.class.getName())
                .header("Bundle-ClassPath", ".,derby.jar,derbyshared.jar")
                .entry("derby.jar", Files.readAllBytes(jarOf(AutoloadedDriver.class)))
                .entry("derbyshared.jar", Files.readAllBytes(jarOf(DerbyModuleAPI.class)))
                .type(OwnDatabase.class)
                .writeTo(folder.resolve("database-" + version + ".jar"));
    }

    private static Path jarOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
