package io.mainstay.deploy;

import io.mainstay.verbs.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.osgi.framework.Constants;
import org.slf4j.helpers.SubstituteLoggerFactory;

/**
 * Does once what people do most, on a store of its own: a node, a deploy, questions. The
 * launcher runs it in the background, so that Java notes the classes that this takes, in a class data archive from which
 * later calls start faster. Nothing of anybody's store or bundles is touched, or gets into the archive.
 */
public final class Rehearsal {
    private static final long LIMIT_MILLIS = 60_000;

    private final Path folder;

    private Rehearsal(Path folder) {
        this.folder = folder;
    }

    /**
     * Rehearses, and ends the process, with its node.
     *
     * @param arguments an empty folder, which the caller removes
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Path.of(arguments[0]);
        LogFile.put(folder.resolve("log"));
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        System.setOut(nowhere);
        System.setErr(nowhere);
        makeSettings(folder.resolve("config"));
        new SubstituteLoggerFactory().getLogger("of a thread that asks while another one sets the log up");
        System.exit(new Rehearsal(folder).run() ? ExitCode.DONE : ExitCode.REFUSED);
    }

    /** To read a file of settings takes classes, too; the folder is the home of what is rehearsed. */
    private static void makeSettings(Path config) throws IOException {
        Files.createDirectories(config);
        Files.writeString(config.resolve("mainstay.properties"), "# As most are\nmainstay.channel=main\n");
        Files.writeString(config.resolve("framework.properties"), "# As most are\n");
    }

    private boolean run() throws IOException, InterruptedException {
        Path bundle = bundle("1.0.0");
        Path next = bundle("1.0.1");
        Thread node = new Thread(
                () -> tool("run", "--no-shell", "--empty", "-Dorg.osgi.service.http.port=" + freePort()), "node");
        node.setDaemon(true);
        node.start();
        long end = System.currentTimeMillis() + LIMIT_MILLIS;
        while (!Files.exists(folder.resolve("data/store.node"))) {
            if (!node.isAlive() || System.currentTimeMillis() > end) {
                return false;
            }
            Thread.sleep(20); // a file tells nobody that it is there
        }
        boolean done = true;
        for (List<String> words : List.of(
                List.of("deploy", bundle.toString()),
                List.of("plan", next.toString()),
                List.of("deploy", next.toString()),
                List.of("status"),
                List.of("status", "--json"),
                List.of("log"),
                List.of("show", "1"),
                List.of("rollback"))) {
            done &= tool(words.toArray(String[]::new)) == ExitCode.DONE;
        }
        return done;
    }

    private int tool(String... words) {
        String[] all = Arrays.copyOf(words, words.length + 2);
        all[words.length] = "--data";
        all[words.length + 1] = folder.resolve("data").toString();
        return Tool.run(all);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A bundle that registers a service. Its class is of a version that no archive takes. */
    private Path bundle(String version) throws IOException {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        headers.putValue(Constants.BUNDLE_SYMBOLICNAME, "rehearsal");
        headers.putValue(Constants.BUNDLE_VERSION, version);
        headers.putValue(Constants.BUNDLE_ACTIVATOR, "rehearsal.Activator");
        headers.putValue(Constants.IMPORT_PACKAGE, "org.osgi.framework");
        Path file = folder.resolve("rehearsal-" + version + ".jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            out.putNextEntry(new JarEntry("rehearsal/Activator.class"));
            out.write(activator());
        }
        return file;
    }

    private static byte[] activator() {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(Opcodes.V1_5, Opcodes.ACC_PUBLIC, "rehearsal/Activator", null, "java/lang/Object", new String[] {
            "org/osgi/framework/BundleActivator", "java/lang/Runnable"
        });
        MethodVisitor made = writer.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
        made.visitVarInsn(Opcodes.ALOAD, 0);
        made.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
        end(made);
        MethodVisitor start =
                writer.visitMethod(Opcodes.ACC_PUBLIC, "start", "(Lorg/osgi/framework/BundleContext;)V", null, null);
        start.visitVarInsn(Opcodes.ALOAD, 1);
        start.visitLdcInsn("java.lang.Runnable");
        start.visitVarInsn(Opcodes.ALOAD, 0);
        start.visitInsn(Opcodes.ACONST_NULL);
        start.visitMethodInsn(
                Opcodes.INVOKEINTERFACE,
                "org/osgi/framework/BundleContext",
                "registerService",
                "(Ljava/lang/String;Ljava/lang/Object;Ljava/util/Dictionary;)Lorg/osgi/framework/ServiceRegistration;",
                true);
        start.visitInsn(Opcodes.POP);
        end(start);
        end(writer.visitMethod(Opcodes.ACC_PUBLIC, "stop", "(Lorg/osgi/framework/BundleContext;)V", null, null));
        end(writer.visitMethod(Opcodes.ACC_PUBLIC, "run", "()V", null, null));
        return writer.toByteArray();
    }

    private static void end(MethodVisitor method) {
        method.visitInsn(Opcodes.RETURN);
        method.visitMaxs(0, 0);
        method.visitEnd();
    }
}
