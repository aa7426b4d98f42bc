package io.mainstay.framework.comparison;

import io.mainstay.framework.fixture.TestJar;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/**
 * What was seen on one framework, as text, in order. What differs from one framework to the next by its nature is named
 * alike: bundles by name instead of number, frameworks not at all.
 */
public final class Facts {
    private static final Pattern BUNDLE_URL = Pattern.compile("bundle://[0-9a-f-]{36}_(\\d+)\\.(\\d+):");

    private final BundleContext system;
    private final Map<String, String> facts = new LinkedHashMap<>();

    Facts(BundleContext system) {
        this.system = system;
    }

    /** Sees something. */
    @FunctionalInterface
    public interface Observation {
        /** Notes what there is to see. */
        void of(BundleContext system, Facts facts) throws Exception;
    }

    Map<String, String> all() {
        return facts;
    }

    /** {@return what was seen} */
    public String get(String what) {
        if (!facts.containsKey(what)) {
            throw new IllegalArgumentException("Nobody looked at '" + what + "'; seen were " + facts.keySet());
        }
        return facts.get(what);
    }

    /** Notes the value of something, or the kind of exception that it throws. */
    public void note(String what, Callable<?> value) {
        String seen;
        try {
            seen = text(value.call());
        } catch (InvocationTargetException e) {
            seen = "throws " + e.getCause().getClass().getName();
        } catch (Throwable e) { // errors are facts too
            seen = "throws " + e.getClass().getName();
        }
        if (facts.putIfAbsent(what, seen) != null) {
            throw new IllegalArgumentException("'" + what + "' was noted twice");
        }
    }

    /** Notes which bundle gives a class to another, and what the class's {@code say()} returns. */
    public void noteClass(String bundle, String className) {
        note(bundle + " loads " + className, () -> {
            Class<?> loaded = bundle(bundle).loadClass(className);
            Bundle from = FrameworkUtil.getBundle(loaded);
            return "from " + (from == null ? "Java" : from.getSymbolicName()) + ": "
                    + loaded.getMethod("say").invoke(null);
        });
    }

    /** Notes all that a URL tells. */
    public void noteUrl(String what, Callable<URL> url) {
        note(what, url);
        note(what + ", its text", () -> {
            URL found = url.call();
            return found == null ? null : read(found);
        });
    }

    /** {@return the bundle of this symbolic name} */
    public Bundle bundle(String symbolicName) {
        return Arrays.stream(system.getBundles())
                .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no bundle " + symbolicName));
    }

    /** {@return what a class's static method without parameters returns} */
    public Object call(String bundle, String className, String method) throws ReflectiveOperationException {
        return bundle(bundle).loadClass(className).getMethod(method).invoke(null);
    }

    /** {@return what is behind a URL} */
    public static String read(URL url) throws IOException {
        return read(url.openStream());
    }

    /** Reads all and closes; what is no text is told by its length and checksum. */
    private static String read(InputStream opened) throws IOException {
        try (InputStream in = opened) {
            byte[] bytes = in.readAllBytes();
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (text.chars().noneMatch(c -> c < ' ' && !Character.isWhitespace(c))) {
                return text;
            }
            CRC32 sum = new CRC32();
            sum.update(bytes);
            return bytes.length + " bytes, CRC " + Long.toHexString(sum.getValue());
        }
    }

    private String text(Object value) throws IOException {
        if (value instanceof Enumeration<?> several) {
            return list(Collections.list(several));
        }
        if (value instanceof Collection<?> several) {
            return list(several);
        }
        if (value instanceof Object[] several) {
            return list(Arrays.asList(several));
        }
        if (value instanceof Dictionary<?, ?> pairs) {
            Map<String, String> sorted = new TreeMap<>();
            for (Object key : Collections.list(pairs.keys())) {
                sorted.put(key.toString(), String.valueOf(pairs.get(key)));
            }
            return sorted.toString();
        }
        if (value instanceof InputStream in) {
            return read(in);
        }
        if (value instanceof Bundle bundle) {
            return bundle.getSymbolicName() + " " + bundle.getVersion();
        }
        return namingBundles(String.valueOf(value));
    }

    private String list(Collection<?> several) throws IOException {
        List<String> texts = new ArrayList<>();
        for (Object one : several) {
            texts.add(text(one));
        }
        return texts.stream().collect(Collectors.joining(", ", "[", "]"));
    }

    private String namingBundles(String text) {
        Matcher url = BUNDLE_URL.matcher(text);
        return url.replaceAll(found -> {
            Bundle bundle = system.getBundle(Long.parseLong(found.group(1)));
            return "bundle://" + (bundle == null ? "gone" : bundle.getSymbolicName()) + "." + found.group(2) + ":";
        });
    }

    /** {@return a time, or that it is the one that all entries of {@link TestJar} have} */
    public static String time(long millis) {
        return millis == TestJar.MODIFIED ? "that of the entry" : String.valueOf(millis);
    }
}
