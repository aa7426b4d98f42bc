package io.mainstay.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A process of its own that shares an embedded store until its input ends. */
final class SharingProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private SharingProcess(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a process that opens {@code before} for itself, unless empty, and then shares {@code url}. */
    static SharingProcess start(String before, String url) throws IOException {
        return new SharingProcess(new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SharingProcess.class.getName(),
                        before,
                        url)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** {@return the next line that the process writes; it begins by telling how it is reached, or why it is not} */
    String line() throws IOException {
        return output.readLine();
    }

    /** {@return how the store is reached} */
    StoreOptions access() throws IOException {
        String url = line();
        return StoreOptions.of(url).as(line(), line()).existing();
    }

    /** Forgets what it has heard of commits so far. */
    void forgetNews() throws IOException {
        while (output.ready()) {
            line();
        }
    }

    /** {@return whether it hears of a commit within this time} */
    boolean hearsNews(long millis) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!output.ready() && System.nanoTime() < end) {
            Thread.sleep(10); // a pipe tells of nothing
        }
        return output.ready();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().completeOnTimeout(process, 20, TimeUnit.SECONDS).join();
        process.destroyForcibly();
    }

    /** The process itself. */
    public static void main(String[] arguments) throws IOException {
        Store first = arguments[0].isEmpty() ? null : Store.open(StoreOptions.of(arguments[0]));
        try (Store store = Store.open(StoreOptions.of(arguments[1]).share())) {
            StoreOptions access = store.sharedAccess().orElseThrow();
            store.addListener(() -> System.out.println("news"));
            System.out.println(access.url());
            System.out.println(access.user().orElseThrow());
            System.out.println(access.password().orElseThrow());
            while (System.in.read() >= 0) {
                // whoever started this says when to end by closing its end of the pipe
            }
        } catch (StoreException e) {
            System.out.println("refused: " + e.getMessage());
        } finally {
            if (first != null) {
                first.close();
            }
        }
    }
}
