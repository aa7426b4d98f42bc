package io.mainstay.itests.journey;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * Types one line into the Gogo shell, as somebody at a terminal would, and writes what is answered into a file. It is not
 * wired to the shell, so that it sees an update of the shell from outside.
 */
public final class Typist implements BundleActivator {
    /** The framework property with the line. */
    public static final String LINE = "itests.typist.line";
    /** The framework property with the file. */
    public static final String ANSWER = "itests.typist.answer";

    private static final String PROCESSOR = "org.apache.felix.service.command.CommandProcessor";

    @Override
    public void start(BundleContext context) {
        Thread thread = new Thread(() -> type(context), "typist");
        thread.setDaemon(true);
        thread.start();
    }

    private static void type(BundleContext context) {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(answer, true, StandardCharsets.UTF_8)) {
            Object processor = processor(context);
            Class<?> type = processor.getClass().getClassLoader().loadClass(PROCESSOR);
            Method create = type.getMethod("createSession", InputStream.class, OutputStream.class, OutputStream.class);
            Object session = create.invoke(processor, new ByteArrayInputStream(new byte[0]), out, out);
            Method execute = create.getReturnType().getMethod("execute", CharSequence.class);
            out.println("result: " + execute.invoke(session, context.getProperty(LINE)));
        } catch (Exception e) {
            e.printStackTrace(new PrintStream(answer, true, StandardCharsets.UTF_8));
        }
        write(Path.of(context.getProperty(ANSWER)), answer.toByteArray());
    }

    /** Waits until the node has settled, and the verbs are there. */
    private static Object processor(BundleContext context) throws Exception {
        while (true) {
            ServiceReference<?> found = context.getServiceReference(PROCESSOR);
            ServiceReference<?>[] verbs = context.getAllServiceReferences(null, "(osgi.command.scope=mainstay)");
            if (found != null && verbs != null) {
                return context.getService(found);
            }
            Thread.sleep(50);
        }
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Path half = file.resolveSibling(file.getFileName() + ".half");
            Files.write(half, bytes);
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void stop(BundleContext context) {
        // the line that was typed is carried out
    }
}
