package io.mainstay.framework.plan;

import io.mainstay.store.Content;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.osgi.framework.Constants;

/**
 * The order in which bundles start: by start level, then providers before their users, then by location. Who uses whom
 * is read from the headers, by package and bundle names alone: that needs no framework and is right but for rare
 * choices of the resolver, where it costs no more than a bundle starting a moment early.
 */
public final class StartOrder {
    private StartOrder() {}

    /** {@return the bundles in the order in which they start; stopping goes backwards} */
    public static List<TargetBundle> of(Collection<TargetBundle> bundles) {
        List<TargetBundle> byLevel = bundles.stream()
                .sorted(Comparator.comparingInt(
                                (TargetBundle bundle) -> bundle.entry().startLevel())
                        .thenComparing(TargetBundle::location))
                .toList();
        Map<String, List<TargetBundle>> exporters = new HashMap<>();
        for (TargetBundle bundle : byLevel) {
            names(bundle, Constants.EXPORT_PACKAGE)
                    .forEach(name -> exporters
                            .computeIfAbsent(name, key -> new ArrayList<>())
                            .add(bundle));
            exporters
                    .computeIfAbsent(bundleKey(bundle.entry().symbolicName()), key -> new ArrayList<>())
                    .add(bundle);
        }
        Set<TargetBundle> ordered = new LinkedHashSet<>();
        Set<TargetBundle> visiting = new LinkedHashSet<>();
        byLevel.forEach(bundle -> visit(bundle, exporters, visiting, ordered));
        return List.copyOf(ordered);
    }

    /** Depth first; whoever is met again on the way is part of a circle and starts where it stands. */
    private static void visit(
            TargetBundle bundle,
            Map<String, List<TargetBundle>> exporters,
            Set<TargetBundle> visiting,
            Set<TargetBundle> ordered) {
        if (ordered.contains(bundle) || !visiting.add(bundle)) {
            return;
        }
        Stream.concat(
                        names(bundle, Constants.IMPORT_PACKAGE),
                        names(bundle, Constants.REQUIRE_BUNDLE).map(StartOrder::bundleKey))
                .flatMap(name -> exporters.getOrDefault(name, List.of()).stream())
                .filter(provider ->
                        provider.entry().startLevel() == bundle.entry().startLevel())
                .forEach(provider -> visit(provider, exporters, visiting, ordered));
        ordered.add(bundle);
    }

    private static String bundleKey(String symbolicName) {
        return "bundle " + symbolicName;
    }

    private static Stream<String> names(TargetBundle bundle, String header) {
        return names(bundle.content(), header);
    }

    /** {@return the names that the clauses of a header begin with} */
    static Stream<String> names(Content content, String header) {
        String value = content.headers().get(header);
        if (value == null || value.isBlank()) {
            return Stream.empty();
        }
        return parts(value).stream().map(String::strip).filter(part -> !part.isEmpty() && !part.contains("="));
    }

    /** Cut at commas and semicolons that are in no quotes. Not by a regular expression: a start has headers of many pages. */
    private static List<String> parts(String header) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int begin = 0;
        for (int i = 0; i < header.length(); i++) {
            char c = header.charAt(i);
            if (quoted && c == '\\') {
                i++; // what follows is meant as it is
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == ',' || c == ';')) {
                parts.add(header.substring(begin, i));
                begin = i + 1;
            }
        }
        parts.add(header.substring(begin));
        return parts;
    }
}
