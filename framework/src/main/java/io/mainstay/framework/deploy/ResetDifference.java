package io.mainstay.framework.deploy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.mainstay.framework.plan.ResetMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares the bundles that a node has reset with those that were to be reset. */
final class ResetDifference {
    private ResetDifference() {}

    /**
     * {@return a sentence for each bundle that makes a difference}
     *
     * @param report what the node measured, as JSON; one that does not tell what was reset makes no difference
     */
    static List<String> between(List<ResetMember> predicted, String report) {
        Map<String, String> actual = new TreeMap<>();
        if (!read(report, actual)) {
            return List.of();
        }
        List<String> sentences = new ArrayList<>();
        for (ResetMember member : predicted) {
            if (actual.remove(member.location()) == null) {
                sentences.add(member.label() + " was to be reset (" + member.reason() + "), and was not");
            }
        }
        actual.values().forEach(label -> sentences.add(label + " was reset, and that was not foreseen"));
        return sentences;
    }

    private static boolean read(String report, Map<String, String> actual) {
        try {
            JsonElement list = JsonParser.parseString(report).getAsJsonObject().get("actual");
            if (!(list instanceof JsonArray bundles)) {
                return false;
            }
            for (JsonElement one : bundles) {
                if (one instanceof JsonObject bundle && bundle.has("location") && bundle.has("bundle")) {
                    actual.put(
                            bundle.get("location").getAsString(),
                            bundle.get("bundle").getAsString());
                }
            }
            return true;
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
            return false;
        }
    }
}
