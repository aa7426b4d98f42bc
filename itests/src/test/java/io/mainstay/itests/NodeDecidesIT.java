package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.itests.journey.LookingAround;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What resolves is for the node to say that will run it: its Java and its properties are not those of the tool. */
class NodeDecidesIT {
    private static final String PROPERTY = "-Dorg.osgi.framework.system.packages.extra=com.acme.host";

    @TempDir
    private Path folder;

    @Test
    void deploy_asksTheNode_andWithoutOneItself() throws Exception {
        Tool tool = new Tool(folder);
        Path guest = jar("guest", "com.acme.host");
        Path stranger = jar("stranger", "com.acme.unknown");

        tool.run("deploy", guest.toString()).exits(1);
        try (NodeProcess node = tool.node("--empty", PROPERTY)) {
            assertThat(node.isAlive()).isTrue();
            assertThat(tool.done("plan", guest.toString()).out()).contains("+ guest 1.0.0");
            assertThat(tool.done("deploy", guest.toString()).out()).contains("applied");
            assertThat(tool.run("deploy", stranger.toString()).exits(1).err())
                    .contains("Cannot commit on generation 1: stranger 1.0.0 needs package com.acme.unknown");
            assertThat(tool.done("log").out()).doesNotContain("stranger");
        }
        assertThat(tool.run("deploy", stranger.toString()).exits(1).err()).contains("com.acme.unknown");
    }

    @Test
    void classPathOfTheLauncher_isNotSeenByBundles_unlessAskedFor() throws Exception {
        Tool tool = new Tool(folder);
        Path jar = Files.write(
                folder.resolve("looking.jar"),
                Jars.bundle("looking", "1.0.0")
                        .header("Import-Package", "org.osgi.framework")
                        .header("Bundle-Activator", LookingAround.class.getName())
                        .type(LookingAround.class)
                        .entry(LookingAround.SERVICES, LookingAround.CLASS)
                        .bytes());

        try (NodeProcess node = tool.node("--empty")) {
            assertThat(node.isAlive()).isTrue();
            assertThat(tool.done("deploy", jar.toString()).out()).contains("applied");
            tool.done("remove", "looking");
        }
        try (NodeProcess node = tool.node("--empty", "-Dfelix.bootdelegation.implicit=true")) {
            assertThat(node.isAlive()).isTrue();
            assertThat(tool.run("deploy", jar.toString()).exits(1).err()).contains("The launcher's logging is seen");
        }
    }

    private Path jar(String name, String imported) throws Exception {
        return Files.write(
                folder.resolve(name + ".jar"),
                Jars.bundle(name, "1.0.0").header("Import-Package", imported).bytes());
    }
}
