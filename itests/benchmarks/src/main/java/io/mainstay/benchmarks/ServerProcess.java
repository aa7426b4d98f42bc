package io.mainstay.benchmarks;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A system in a process of its own, and what it has used. It is ended with this object. */
final class ServerProcess implements AutoCloseable {
    private static final long LIMIT_SECONDS = 120;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Pattern STATES = Pattern.compile("\"s\":\\[(\\d+),(\\d+),(\\d+),(\\d+),(\\d+)]");
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    private final Process process;
    private final Path output;
    private final long begun;

    private ServerProcess(Process process, Path output, long begun) {
        this.process = process;
        this.output = output;
        this.begun = begun;
    }

    static ServerProcess start(Path folder, Map<String, String> environment, List<String> command) throws IOException {
        Path output = folder.resolve("output.log");
        ProcessBuilder builder = builder(folder, environment, command).redirectOutput(output.toFile());
        long begun = System.nanoTime();
        return new ServerProcess(builder.start(), output, begun);
    }

    /** {@return how to call something with our Java, nothing to read, and no settings of who runs us} */
    static ProcessBuilder builder(Path folder, Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().keySet().removeIf(name -> name.startsWith("MAINSTAY_") || name.startsWith("KARAF_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Waits until something accepts connections, and looks often: a poll of a port costs next to nothing. */
    void awaitPort(int port) throws IOException, InterruptedException {
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException notYet) {
                requireAlive();
                Thread.sleep(4);
            }
        }
    }

    private void requireAlive() throws IOException {
        if (!process.isAlive() || seconds() > LIMIT_SECONDS) {
            throw new IOException("It does not come up:\n" + Files.readString(output));
        }
    }

    private double seconds() {
        return (System.nanoTime() - begun) / 1e9;
    }

    /**
     * Waits for the Web Console: 401 without a password, and all bundles active with it.
     *
     * @return the milliseconds since the process was started
     */
    double awaitConsole(int port) throws IOException, InterruptedException {
        awaitPort(port);
        URI address = URI.create("http://127.0.0.1:" + port + "/system/console/bundles.json");
        String admin = Base64.getEncoder().encodeToString("admin:admin".getBytes(StandardCharsets.UTF_8));
        while (true) {
            HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(20));
            int refused = status(request);
            HttpResponse<String> answer = CLIENT.send(
                    request.header("Authorization", "Basic " + admin).build(), HttpResponse.BodyHandlers.ofString());
            if (refused == 401 && answer.statusCode() == 200 && allActive(answer.body())) {
                return seconds() * 1000;
            }
            requireAlive();
            Thread.sleep(10);
        }
    }

    private static int status(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** All, active, fragments, resolved, installed. */
    private static boolean allActive(String json) {
        Matcher states = STATES.matcher(json);
        return states.find()
                && Integer.parseInt(states.group(1))
                        == Integer.parseInt(states.group(2)) + Integer.parseInt(states.group(3));
    }

    private Stream<ProcessHandle> all() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants());
    }

    /** {@return the processor time that it has used so far, in milliseconds} */
    double cpuMillis() {
        return all().mapToLong(one ->
                        one.info().totalCpuDuration().map(Duration::toMillis).orElse(0L))
                .sum();
    }

    /** {@return what it has at most had in memory, or has, in MB of 2^20 bytes} */
    double residentMegabytes(boolean peak) throws IOException {
        double sum = 0;
        for (ProcessHandle one : all().toList()) {
            sum += Meter.megabytes(String.valueOf(one.pid()), peak ? "VmHWM:" : "VmRSS:");
        }
        return sum;
    }

    /** Has it collect garbage; returns what then lives on its heap, in MB. */
    double liveHeapMegabytes() throws IOException, InterruptedException {
        String pid = String.valueOf(javaProcess());
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        run(jcmd.toString(), pid, "GC.run");
        Matcher total = TOTAL.matcher(run(jcmd.toString(), pid, "GC.class_histogram"));
        if (!total.find()) {
            throw new IOException("jcmd tells no total");
        }
        return Double.parseDouble(total.group(1)) / (1 << 20);
    }

    /** The launcher may be a shell that waits for Java. */
    private long javaProcess() {
        return all().filter(one -> one.info()
                        .command()
                        .filter(name -> name.endsWith("java"))
                        .isPresent())
                .findFirst()
                .orElseThrow()
                .pid();
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process called = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(called.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        called.waitFor();
        return text;
    }

    @Override
    public void close() {
        List<ProcessHandle> all = all().toList();
        all.forEach(ProcessHandle::destroy);
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                all.forEach(ProcessHandle::destroyForcibly);
            }
            for (ProcessHandle one : all) {
                one.onExit().get(20, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            all.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
