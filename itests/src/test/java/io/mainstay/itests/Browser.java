package io.mainstay.itests;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A headless Chromium in a process of its own, told what to do by its DevTools protocol. It is ended with this object. */
final class Browser implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://127\\.0\\.0\\.1:(\\d+)/");

    private final Process process;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonObject>> open = new ConcurrentHashMap<>();
    private int calls;

    private Browser(Process process, int port) throws IOException, InterruptedException {
        this.process = process;
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest targets = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json"))
                .build();
        JsonArray pages = JsonParser.parseString(client.send(targets, HttpResponse.BodyHandlers.ofString())
                        .body())
                .getAsJsonArray();
        socket = client.newWebSocketBuilder()
                .buildAsync(
                        URI.create(pages.get(0)
                                .getAsJsonObject()
                                .get("webSocketDebuggerUrl")
                                .getAsString()),
                        new Answers())
                .join();
    }

    /** {@return where Chromium is on this machine; empty if it is not there} */
    static Optional<Path> program() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
                .flatMap(folder -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts it, with what it keeps in a folder. */
    static Browser start(Path folder) throws IOException, InterruptedException {
        Path log = folder.resolve("chromium.log");
        Process process = new ProcessBuilder(
                        program().orElseThrow().toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--remote-debugging-address=127.0.0.1",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + folder.resolve("chromium"),
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (true) {
                Matcher listening = LISTENING.matcher(Files.readString(log));
                if (listening.find()) {
                    return new Browser(process, Integer.parseInt(listening.group(1)));
                }
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new AssertionError("Chromium does not start:\n" + Files.readString(log));
                }
                Thread.sleep(50);
            }
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            end(process);
            throw e;
        }
    }

    /**
     * What a page became.
     *
     * @param status the status of its answer
     * @param heading the text of its first heading; empty if there is none
     */
    record Page(int status, String heading) {}

    /**
     * Loads a page, and waits until it is all there.
     *
     * @throws AssertionError if the browser cannot reach it
     */
    Page load(String address) throws InterruptedException {
        JsonObject navigate = new JsonObject();
        navigate.addProperty("url", address);
        JsonObject gone = call("Page.navigate", navigate);
        if (gone.has("errorText")) {
            throw new AssertionError(address + ": " + gone.get("errorText").getAsString());
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            JsonArray state = evaluate("[location.href, document.readyState,"
                    + " performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0,"
                    + " document.querySelector('h1')?.textContent ?? '']");
            if (state.get(0).getAsString().equals(address)
                    && state.get(1).getAsString().equals("complete")) {
                return new Page(state.get(2).getAsInt(), state.get(3).getAsString());
            }
            if (System.nanoTime() > end) {
                throw new AssertionError(address + " does not load: " + state);
            }
            Thread.sleep(2);
        }
    }

    private JsonArray evaluate(String expression) {
        JsonObject script = new JsonObject();
        script.addProperty("expression", "JSON.stringify(" + expression + ")");
        return JsonParser.parseString(call("Runtime.evaluate", script)
                        .getAsJsonObject("result")
                        .get("value")
                        .getAsString())
                .getAsJsonArray();
    }

    private synchronized JsonObject call(String method, JsonObject parameters) {
        int number = ++calls;
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        open.put(number, answer);
        JsonObject call = new JsonObject();
        call.addProperty("id", number);
        call.addProperty("method", method);
        call.add("params", parameters);
        socket.sendText(call.toString(), true).join();
        JsonObject told = answer.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
        if (!told.has("result")) {
            throw new AssertionError(method + ": " + told);
        }
        return told.getAsJsonObject("result");
    }

    /** Puts answers together of their parts, and gives them to who waits; what the browser says on its own is left out. */
    private final class Answers implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                JsonObject told = JsonParser.parseString(text.toString()).getAsJsonObject();
                text.setLength(0);
                if (told.has("id")) {
                    open.remove(told.get("id").getAsInt()).complete(told);
                }
            }
            from.request(1);
            return null;
        }
    }

    private static void end(Process process) {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
        all.forEach(one -> one.onExit().join());
    }

    @Override
    public void close() {
        socket.abort();
        end(process);
    }
}
