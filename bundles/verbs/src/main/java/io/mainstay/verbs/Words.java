package io.mainstay.verbs;

import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.PropertyValue;
import io.mainstay.framework.node.NodeReport.Continuity;
import io.mainstay.framework.workshop.TestReport;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/** Says things to people. */
final class Words {
    private static final DateTimeFormatter WHEN =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private static final int LONGEST_VALUE = 60;

    private Words() {}

    static String when(Instant instant) {
        return WHEN.format(instant);
    }

    static String away(Instant since) {
        return "This node misses its store since " + when(since)
                + "; services go on, and it tries again at least every 5 s.";
    }

    static String bytes(long count) {
        if (count < 1024) {
            return count + " bytes";
        }
        return count < 1 << 20
                ? String.format(java.util.Locale.ROOT, "%.1f KiB", count / 1024.0)
                : String.format(java.util.Locale.ROOT, "%.1f MiB", count / 1024.0 / 1024);
    }

    static String count(long number, String one) {
        return number + " " + one + (number == 1 ? "" : "s");
    }

    /** {@return one line for each thing that differs} */
    static List<String> changes(GenerationDiff diff) {
        List<String> lines = new ArrayList<>();
        diff.added().forEach(entry -> lines.add("+ " + entry.label() + "  " + brief(entry) + level(entry)));
        diff.updated()
                .forEach(change -> lines.add("~ " + change.to().symbolicName() + " "
                        + (change.from().version().equals(change.to().version())
                                ? change.to().version() + "  " + brief(change.from()) + " -> " + brief(change.to())
                                : change.from().version() + " -> " + change.to().version() + "  "
                                        + brief(change.to()))));
        diff.moved().forEach(change -> lines.add("^ " + change.to().label() + move(change)));
        diff.removed().forEach(entry -> lines.add("- " + entry.label() + "  " + brief(entry)));
        diff.properties()
                .forEach((name, change) -> lines.add("= framework property " + name + ": " + value(name, change.from())
                        + " -> " + value(name, change.to())));
        diff.configurations().forEach((pid, change) -> configuration(pid, change, lines));
        return lines;
    }

    private static String move(GenerationDiff.Change change) {
        String level = change.from().startLevel() == change.to().startLevel()
                ? ""
                : "  start level " + change.from().startLevel() + " -> "
                        + change.to().startLevel();
        return change.from().autostart() == change.to().autostart()
                ? level
                : level + (change.to().autostart() ? "  started again" : "  no longer started");
    }

    private static void configuration(String pid, GenerationDiff.ConfigurationChange change, List<String> lines) {
        String sign = change.from().isEmpty() ? "+" : change.to().isEmpty() ? "-" : "~";
        lines.add(sign + " configuration " + pid);
        change.properties()
                .forEach(name -> lines.add("    " + name + ": "
                        + value(name, change.from(name).map(PropertyValue::toString)) + " -> "
                        + value(name, change.to(name).map(PropertyValue::toString))));
        Optional<String> from = change.from().map(Configuration::location);
        Optional<String> to = change.to().map(Configuration::location);
        if (from.isPresent() && to.isPresent() && !from.equals(to)) {
            lines.add("    location: " + value(from) + " -> " + value(to));
        }
    }

    private static String value(String property, Optional<String> value) {
        return value(Secrets.tellable(property, value));
    }

    private static String value(Optional<String> value) {
        return value.map(text -> text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…")
                .orElse("(not set)");
    }

    static String summary(GenerationDiff diff) {
        List<String> parts = new ArrayList<>();
        part(parts, diff.added().size(), "added");
        part(parts, diff.updated().size(), "updated");
        part(parts, diff.moved().size(), "moved");
        part(parts, diff.removed().size(), "removed");
        if (!diff.properties().isEmpty()) {
            parts.add(
                    count(diff.properties().size(), "framework property").replace("propertys", "properties") + " set");
        }
        part(
                parts,
                diff.configurations().size(),
                diff.configurations().size() == 1 ? "configuration" : "configurations");
        return parts.isEmpty() ? "nothing changed" : String.join(", ", parts);
    }

    private static void part(List<String> parts, int count, String what) {
        if (count > 0) {
            parts.add(count + " " + what);
        }
    }

    /** {@return what callers of services have noticed; empty if nothing} */
    static String continuity(Continuity continuity) {
        StringJoiner words = new StringJoiner("; ");
        if (continuity.waited() > 0) {
            words.add(count(continuity.waited(), "call") + " waited, " + continuity.longestWaitMillis()
                    + " ms at most, " + continuity.failed() + " failed");
        }
        if (continuity.handedOver() > 0) {
            words.add("state of " + count(continuity.handedOver(), "service") + " kept");
        }
        continuity.leftBehind().forEach(what -> words.add("state left behind, " + what));
        return words.toString();
    }

    /** {@return how tests went, a line each} */
    static List<String> tests(TestReport report) {
        List<String> lines = new ArrayList<>();
        report.problems().forEach(problem -> lines.add(problem.text()));
        for (TestReport.Failure failure : report.failures()) {
            lines.add("FAILED " + failure.test() + ": " + failure.message());
            failure.trace().lines().forEach(lines::add);
        }
        lines.add(report.label() + ": " + count(report.run(), "test") + " run, "
                + report.failures().size() + " failed"
                + (report.skipped() > 0 ? ", " + report.skipped() + " skipped" : ""));
        return lines;
    }

    static String headline(GenerationRecord record) {
        String message = record.generation().message().lines().findFirst().orElse("");
        return "generation " + record.number() + " ("
                + record.generation().digest().brief() + ")"
                + (message.isEmpty() ? "" : " \"" + message + "\"") + " by "
                + record.generation().author() + ", " + when(record.generation().instant());
    }

    private static String level(GenerationEntry entry) {
        return "  level " + entry.startLevel() + (entry.autostart() ? "" : "  not started");
    }

    private static String brief(GenerationEntry entry) {
        return entry.content().brief();
    }
}
