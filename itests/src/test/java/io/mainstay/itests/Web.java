package io.mainstay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/** Talks to web servers of the loopback address. */
final class Web {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Web() {}

    /** Asks the Felix Web Console for its bundles, without and with its password. */
    static void assertConsoleServes(int port) throws IOException, InterruptedException {
        URI bundles = URI.create("http://127.0.0.1:" + port + "/system/console/bundles.json");
        String admin = Base64.getEncoder().encodeToString("admin:admin".getBytes(StandardCharsets.UTF_8));
        assertThat(await(HttpRequest.newBuilder(bundles), 401).statusCode()).isEqualTo(401);
        HttpResponse<String> answer =
                await(HttpRequest.newBuilder(bundles).header("Authorization", "Basic " + admin), 200);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("org.apache.felix.webconsole", "\"Active\"");
    }

    /** {@return how the Web Console asks for a password} */
    static String consoleRealm(int port) throws IOException, InterruptedException {
        return await(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/system/console/bundles.json")),
                        401)
                .headers()
                .firstValue("WWW-Authenticate")
                .orElseThrow();
    }

    /** Sets a configuration with one property as a person does in the Web Console. */
    static void configure(int port, String pid, String name, String value) throws IOException, InterruptedException {
        String form = "apply=true&action=ajaxConfigManager&propertylist=" + name + "&" + name + "="
                + URLEncoder.encode(value, StandardCharsets.UTF_8);
        String admin = Base64.getEncoder().encodeToString("admin:admin".getBytes(StandardCharsets.UTF_8));
        HttpResponse<String> answer = await(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/system/console/configMgr/" + pid))
                        .header("Authorization", "Basic " + admin)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form)),
                302);
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(400);
    }

    static String page(String address) throws IOException, InterruptedException {
        return await(HttpRequest.newBuilder(URI.create(address)), 200).body();
    }

    /** {@return the status that a page is answered with, at once} */
    static int status(String address) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** A servlet may be there a moment later than its bundle is active. */
    private static HttpResponse<String> await(HttpRequest.Builder request, int status)
            throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest asked = request.timeout(PATIENCE).build();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            boolean last = System.nanoTime() > end;
            try {
                HttpResponse<String> answer = client.send(asked, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == status || last) {
                    return answer;
                }
            } catch (ConnectException e) {
                if (last) {
                    throw e;
                }
            }
            Thread.sleep(50);
        }
    }
}
