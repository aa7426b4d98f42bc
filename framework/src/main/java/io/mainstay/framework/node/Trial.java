package io.mainstay.framework.node;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.mainstay.store.Content;
import io.mainstay.store.Digest;
import io.mainstay.store.GenerationText;
import io.mainstay.store.SystemState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.Version;

/**
 * A change that a node is asked to try, as the text of the request has it. Immutable.
 *
 * @param base the number of the generation that the node has to run; 0 for none
 * @param wanted what the system is to be
 * @param fresh contents of that which the store does not have yet
 * @param unswapped the locations of bundles that are not swapped
 */
public record Trial(long base, SystemState wanted, List<Content> fresh, Set<String> unswapped) {

    /** Copies. */
    public Trial {
        fresh = List.copyOf(fresh);
        unswapped = Set.copyOf(unswapped);
    }

    /** {@return the text that {@link #read} reads} */
    public String text() {
        JsonObject json = new JsonObject();
        json.addProperty("base", base);
        json.addProperty("wanted", new String(GenerationText.writeState(wanted), StandardCharsets.UTF_8));
        JsonArray contents = new JsonArray();
        fresh.forEach(content -> contents.add(json(content)));
        json.add("fresh", contents);
        JsonArray locations = new JsonArray();
        new TreeSet<>(unswapped).forEach(locations::add);
        json.add("unswapped", locations);
        return json.toString();
    }

    private static JsonObject json(Content content) {
        JsonObject json = new JsonObject();
        json.addProperty("digest", content.digest().hex());
        json.addProperty("size", content.sizeBytes());
        json.addProperty("name", content.symbolicName());
        json.addProperty("version", content.version().toString());
        JsonObject headers = new JsonObject();
        content.headers().forEach(headers::addProperty);
        json.add("headers", headers);
        return json;
    }

    /**
     * Reads a text.
     *
     * @throws RuntimeException if it is none
     */
    public static Trial read(String text) {
        JsonObject json = JsonParser.parseString(text).getAsJsonObject();
        List<Content> fresh = new ArrayList<>();
        json.getAsJsonArray("fresh").forEach(content -> fresh.add(content(content.getAsJsonObject())));
        Set<String> unswapped = new TreeSet<>();
        json.getAsJsonArray("unswapped").forEach(location -> unswapped.add(location.getAsString()));
        return new Trial(
                json.get("base").getAsLong(),
                GenerationText.readState(json.get("wanted").getAsString().getBytes(StandardCharsets.UTF_8)),
                fresh,
                unswapped);
    }

    private static Content content(JsonObject json) {
        Map<String, String> headers = new HashMap<>();
        for (Map.Entry<String, JsonElement> header :
                json.getAsJsonObject("headers").entrySet()) {
            headers.put(header.getKey(), header.getValue().getAsString());
        }
        return new Content(
                new Digest(json.get("digest").getAsString()),
                json.get("size").getAsLong(),
                json.get("name").getAsString(),
                new Version(json.get("version").getAsString()),
                headers);
    }
}
