package io.mainstay.framework.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.mainstay.framework.fixture.TestJar;
import java.net.URL;
import java.net.URLConnection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/** URLs of entries and resources answer what any URL is asked. */
class UrlTest {

    private static TestJar bundle() {
        return TestJar.bundle("urls", "1.0.0")
                .header("Bundle-ClassPath", ".,lib/inner.jar")
                .inner(
                        "lib/inner.jar",
                        TestJar.plain()
                                .entry("in/inner.txt", "inner text")
                                .entry("in/other.txt", "other inner text")
                                .entry("in/sub/deep.txt", "deep"))
                .entry("a/", "")
                .entry("a/one.txt", "one")
                .entry("a/two.html", "<html>two</html>")
                .entry("a/empty", "")
                .entry("a/large.bin", new byte[100_000])
                .entry("a/b/three.txt", "three")
                .entry("a/with space.txt", "spaced")
                .entry("a/50%25.txt", "percent")
                .entry("a/umläut/日本.txt", "not ASCII")
                .code("package urls; public class Parser { public static java.net.URL parse(String text)"
                        + " throws Exception { return new java.net.URL(text); } }");
    }

    private static void note(Facts seen, String what, URL url) {
        if (url == null) {
            seen.note(what, () -> null);
            return;
        }
        seen.noteUrl(what, () -> url);
        seen.note(what + ": path", url::getPath);
        seen.note(what + ": port", url::getPort);
        seen.note(what + ": protocol", url::getProtocol);
        seen.note(what + ": query", url::getQuery);
        seen.note(what + ": as URI", url::toURI);
        seen.note(what + ": external form", url::toExternalForm);
        seen.note(what + ": equal", () -> url.equals(new URL(url, url.getPath())));
        seen.note(what + ": length", () -> url.openConnection().getContentLength());
        seen.note(what + ": long length", () -> url.openConnection().getContentLengthLong());
        seen.note(what + ": modified", () -> Facts.time(url.openConnection().getLastModified()));
        seen.note(what + ": type", () -> url.openConnection().getContentType());
        seen.note(what + ": input", () -> url.openConnection().getDoInput());
        seen.note(what + ": twice", () -> {
            URLConnection connection = url.openConnection();
            return connection.getInputStream() == connection.getInputStream();
        });
        seen.note(what + ": available", () -> url.openStream().available());
        seen.note(what + ": skipped", () -> {
            try (var in = url.openStream()) {
                return in.skip(2) + " " + in.read();
            }
        });
        seen.note(what + ": permission", () -> url.openConnection().getPermission());
    }

    @Test
    void urls_tellAllThatUrlsTell() throws Exception {
        Facts facts = BothFrameworks.with(bundle()).observe((system, seen) -> {
            Bundle urls = seen.bundle("urls");
            for (String path : List.of(
                    "a/",
                    "a",
                    "a/one.txt",
                    "a/two.html",
                    "a/empty",
                    "a/large.bin",
                    "a/b",
                    "a/b/",
                    "a/b/three.txt",
                    "a/with space.txt",
                    "a/50%25.txt",
                    "a/50%.txt",
                    "a/umläut/日本.txt",
                    "in/inner.txt",
                    "in/sub",
                    "META-INF/MANIFEST.MF",
                    "lib/inner.jar",
                    "a/missing")) {
                note(seen, "entry " + path, urls.getEntry(path));
                note(seen, "resource " + path, urls.getResource(path));
            }
        });

        assertThat(facts.get("entry a/large.bin: length")).isEqualTo("100000");
        assertThat(facts.get("entry a/one.txt: modified")).isEqualTo("that of the entry");
        assertThat(facts.get("resource in/inner.txt, its text")).isEqualTo("inner text");
        assertThat(facts.get("resource in/inner.txt: modified")).isEqualTo("that of the entry");
        assertThat(facts.get("entry a/umläut/日本.txt, its text")).isEqualTo("not ASCII");
    }

    @Test
    void relativeUrls_leadToOtherEntries() throws Exception {
        Facts facts = BothFrameworks.with(bundle()).observe((system, seen) -> {
            Bundle urls = seen.bundle("urls");
            for (String base : List.of("a/one.txt", "a/b/three.txt", "in/inner.txt", "a/")) {
                URL url = urls.getResource(base);
                for (String way : List.of(
                        "two.html",
                        "../a/two.html",
                        "/a/two.html",
                        "b/three.txt",
                        "other.txt",
                        "sub/deep.txt",
                        "missing.txt",
                        "../../../a/one.txt",
                        "?query",
                        "#part")) {
                    seen.noteUrl("from " + base + " to " + way, () -> new URL(url, way));
                }
            }
        });

        assertThat(facts.get("from a/one.txt to two.html, its text")).isEqualTo("<html>two</html>");
        assertThat(facts.get("from in/inner.txt to other.txt, its text")).isEqualTo("other inner text");
    }

    @Test
    void urls_canBeParsedFromText() throws Exception {
        Facts facts = BothFrameworks.with(bundle()).observe((system, seen) -> {
            Bundle urls = seen.bundle("urls");
            for (String path : List.of("a/one.txt", "in/inner.txt", "a/umläut/日本.txt")) {
                String text = urls.getResource(path).toString();
                seen.noteUrl("parsed by the host: " + path, () -> new URL(text));
                seen.noteUrl("parsed by the bundle: " + path, () -> (URL) urls.loadClass("urls.Parser")
                        .getMethod("parse", String.class)
                        .invoke(null, text));
            }
        });

        assertThat(facts.get("parsed by the bundle: a/one.txt, its text")).isEqualTo("one");
    }

    @Test
    void urls_workWithoutUrlHandlers() throws Exception {
        Facts facts = BothFrameworks.with(bundle())
                .property("felix.service.urlhandlers", "false")
                .observe((system, seen) -> {
                    Bundle urls = seen.bundle("urls");
                    note(seen, "entry", urls.getEntry("a/one.txt"));
                    note(seen, "resource", urls.getResource("in/inner.txt"));
                    seen.noteUrl("relative", () -> new URL(urls.getEntry("a/one.txt"), "two.html"));
                });

        assertThat(facts.get("relative, its text")).isEqualTo("<html>two</html>");
    }

    @Test
    void urlsOfAStoppedBundle_goOn() throws Exception {
        BothFrameworks.with(bundle()).observe((system, seen) -> {
            Bundle urls = seen.bundle("urls");
            URL entry = urls.getEntry("a/one.txt");
            URL inner = urls.getResource("in/inner.txt");
            urls.stop();
            note(seen, "entry of a stopped bundle", entry);
            note(seen, "resource of a stopped bundle", inner);
            urls.uninstall();
            note(seen, "entry of a bundle that is gone", entry);
            note(seen, "resource of a bundle that is gone", inner);
        });
    }
}
