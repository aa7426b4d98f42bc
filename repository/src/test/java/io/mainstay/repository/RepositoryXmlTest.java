package io.mainstay.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.mainstay.TestBundles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.resource.Capability;
import org.osgi.resource.Resource;

/** Reading and writing the XML of Compendium 8.1, 132.5; also XML that means harm. */
@Timeout(30)
class RepositoryXmlTest {
    private static final String NAMESPACE = "http://www.osgi.org/xmlns/repository/v1.0.0";

    @TempDir
    private Path folder;

    @Test
    void whatWasWritten_isReadBack() throws IOException {
        List<Resource> resources = List.of(
                resource(
                        TestBundles.bundle("org.acme.foo", "1.2.3")
                                .header(
                                        "Export-Package",
                                        "org.acme;version=1.0;vendor=\"<&'\\\"> ä\\t日本\";mandatory:=vendor")
                                .header("Import-Package", "org.osgi.framework;version=\"[1.9,2)\";resolution:=optional")
                                .header(
                                        "Provide-Capability",
                                        "a;l:Long=5;d:Double=1.5;v:Version=1;s:List<String>=\"x,y\\\\,z\";n:List<Long>=\"1,2\"")),
                resource(TestBundles.bundle("org.acme.bar", "1")));

        List<Resource> back = read(write(resources));

        assertThat(back).hasSize(2);
        for (int i = 0; i < back.size(); i++) {
            assertThat(describe(back.get(i))).isEqualTo(describe(resources.get(i)));
        }
    }

    @Test
    void emptyRepository_isReadBack() throws IOException {
        assertThat(read(write(List.of()))).isEmpty();
    }

    @Test
    void zippedIndex_isReadToo() throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(write(List.of(resource(TestBundles.bundle("a", "1")))));
        }

        assertThat(read(zipped.toByteArray())).hasSize(1);
    }

    @Test
    void theSameResources_giveTheSameBytes() throws IOException {
        List<Resource> resources = List.of(resource(TestBundles.bundle("a", "1")));

        assertThat(write(resources)).isEqualTo(write(resources));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "no xml",
                "<",
                "<html/>",
                "<repository",
                "<repository xmlns='http://elsewhere/'/>",
                "<repository><resource></repository>",
                "<repository><resource><capability/></resource></repository>",
                "<repository><resource><surprise/></resource></repository>",
                "<repository><surprise/></repository>",
                "<repository><resource><capability namespace='a'><attribute name='n' type='Long' value='x'/>"
                        + "</capability></resource></repository>",
                "<repository><resource><capability namespace='a'><text/></capability></resource></repository>",
            })
    void whatIsNoIndex_isRefused(String text) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("it is no repository index: ");
    }

    @Test
    void damagedIndex_neverEscapesAsAnotherException() throws IOException {
        byte[] sound = write(
                List.of(resource(TestBundles.bundle("a", "1").header("Provide-Capability", "a;l:Long=5;v:Version=1"))));
        Random random = new Random(5);
        for (int round = 0; round < 1_000; round++) {
            byte[] bytes = java.util.Arrays.copyOf(
                    sound, random.nextInt(3) == 0 ? random.nextInt(sound.length) : sound.length);
            for (int flips = 1 + random.nextInt(3); flips > 0 && bytes.length > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) "<>/\"'= xa&;\0".charAt(random.nextInt(12));
            }
            try {
                read(bytes);
            } catch (IOException expected) {
                assertThat(expected).hasMessageStartingWith("it is no repository index: ");
            }
        }
    }

    @Test
    void externalEntity_isNotRead() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "top secret");
        for (String doctype : List.of(
                "<!DOCTYPE repository [<!ENTITY x SYSTEM '" + secret.toUri() + "'>]>",
                "<!DOCTYPE repository [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>",
                "<!DOCTYPE repository [<!ENTITY % p SYSTEM '" + secret.toUri() + "'> %p; <!ENTITY x 'y'>]>",
                "<!DOCTYPE repository SYSTEM '" + secret.toUri() + "'>")) {
            neverSees(doctype + with("&x;"), "top secret");
            neverSees(doctype + "<repository xmlns='" + NAMESPACE + "'>&x;</repository>", "top secret");
            neverSees(doctype + with("plain"), "top secret");
        }
    }

    @Test
    void entityThatGrows_isNotExpanded() {
        StringBuilder laughs = new StringBuilder("<!DOCTYPE repository [<!ENTITY a0 'ha'>");
        for (int i = 1; i < 30; i++) {
            laughs.append("<!ENTITY a").append(i).append(" '");
            laughs.append(("&a" + (i - 1) + ";").repeat(10)).append("'>");
        }
        laughs.append("]>");

        assertThatThrownBy(() -> read(laughs + with("&a29;"))).isInstanceOf(IOException.class);
    }

    @Test
    void internalEntity_isNotExpanded() {
        neverSees("<!DOCTYPE repository [<!ENTITY x 'expanded'>]>" + with("&x;"), "expanded");
    }

    @Test
    void referral_isNotFollowed() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/index.xml";
            for (String referral : List.of(
                    "<referral url='" + url + "'/>",
                    "<r:referral r:url='" + url + "'/>",
                    "<r:referral r:depth='5' r:url='" + url + "'/>")) {
                assertThatThrownBy(() -> read("<repository xmlns='" + NAMESPACE + "' xmlns:r='" + NAMESPACE + "'>"
                                + referral + "</repository>"))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("Too deep");
            }
            assertThat(requests).hasValue(0);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void referralToAFile_isNotFollowed() throws IOException {
        Path other =
                Files.write(folder.resolve("other.xml"), write(List.of(resource(TestBundles.bundle("hidden", "1")))));

        assertThatThrownBy(() -> read("<repository xmlns='" + NAMESPACE + "' xmlns:r='" + NAMESPACE
                        + "'><r:referral r:url='" + other.toUri() + "'/></repository>"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void deepNesting_isRefused() {
        assertThatThrownBy(() -> read("<repository>" + "<resource>".repeat(100_000)))
                .isInstanceOf(IOException.class);
    }

    private static void neverSees(String text, String secret) {
        try {
            assertThat(read(text))
                    .allSatisfy(resource -> assertThat(describe(resource))
                            .noneSatisfy(line -> assertThat(line).contains(secret)));
        } catch (IOException refused) {
            assertThat(refused).message().doesNotContain(secret);
        }
    }

    private static String with(String value) {
        return "<repository xmlns='" + NAMESPACE + "'><resource><capability namespace='osgi.identity'>"
                + "<attribute name='osgi.identity' value='" + value + "'/></capability></resource></repository>";
    }

    private static List<String> describe(Resource resource) {
        List<String> lines = new java.util.ArrayList<>();
        for (Capability capability : resource.getCapabilities(null)) {
            lines.add(capability.getNamespace()
                    + new java.util.TreeMap<>(capability.getAttributes())
                    + new java.util.TreeMap<>(capability.getDirectives()));
        }
        resource.getRequirements(null)
                .forEach(requirement -> lines.add(requirement.getNamespace()
                        + new java.util.TreeMap<>(requirement.getAttributes())
                        + new java.util.TreeMap<>(requirement.getDirectives())));
        return lines;
    }

    private static Resource resource(TestBundles bundle) {
        return ResourceIndexer.resource(bundle.checked().index());
    }

    private static byte[] write(List<Resource> resources) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RepositoryXml.write(resources, "test", out);
        return out.toByteArray();
    }

    private static List<Resource> read(String text) throws IOException {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Resource> read(byte[] bytes) throws IOException {
        return RepositoryXml.read(new ByteArrayInputStream(bytes));
    }
}
