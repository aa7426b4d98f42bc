package io.mainstay.intake;

import io.mainstay.store.ContentSource;
import io.mainstay.zip.ZipMember;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;

/**
 * What a multi-release jar asks for on later versions of Java: OSGi Core 8, 3.2.3. A dry run has to know it without
 * opening the jar, so it is noted among the headers.
 */
final class Supplements {
    private static final Pattern PATH = Pattern.compile("(META-INF/versions/\\d{1,4}/)OSGI-INF/MANIFEST\\.MF");
    private static final long LARGEST = 1 << 20;

    private final Map<String, ByteArrayOutputStream> found = new TreeMap<>();

    /** {@return where an entry goes: supplements are kept, all else is thrown away} */
    OutputStream taker(ZipMember member) {
        Matcher path = PATH.matcher(member.name());
        return path.matches() && member.sizeBytes() < LARGEST
                ? found.computeIfAbsent(path.group(1), key -> new ByteArrayOutputStream())
                : OutputStream.nullOutputStream();
    }

    /** Notes what each supplement says; one that says nothing still hides those of earlier versions. */
    void addTo(ContentSource source, Map<String, String> headers) {
        found.forEach((prefix, bytes) -> {
            Manifest manifest = SoundJar.parse(source, bytes.toByteArray());
            Attributes said = manifest.getMainAttributes();
            headers.put(prefix + Attributes.Name.MANIFEST_VERSION, "1.0");
            for (String name : List.of(Constants.IMPORT_PACKAGE, Constants.REQUIRE_CAPABILITY)) {
                if (said.getValue(name) != null) {
                    headers.put(prefix + name, said.getValue(name));
                }
            }
        });
    }
}
