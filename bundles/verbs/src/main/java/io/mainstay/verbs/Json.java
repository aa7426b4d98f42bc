package io.mainstay.verbs;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.mainstay.configuration.Configuration;
import io.mainstay.configuration.ConfiguratorJson;
import io.mainstay.store.Generation;
import io.mainstay.store.GenerationDiff;
import io.mainstay.store.GenerationEntry;
import io.mainstay.store.GenerationRecord;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the JSON that programs read. Maps keep their order; what is not known is null, never left out. */
final class Json {
    private static final Gson GSON = new GsonBuilder()
            .serializeNulls()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .create();

    private Json() {}

    static String of(Object value) {
        return GSON.toJson(value);
    }

    static Map<String, Object> generation(GenerationRecord record) {
        Generation generation = record.generation();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("generation", generation.number());
        json.put("digest", generation.digest().hex());
        json.put(
                "parent",
                generation.parent().map(parent -> parent.digest().hex()).orElse(null));
        json.put(
                "parentGeneration",
                generation.parent().map(Generation.Parent::number).orElse(null));
        json.put("author", generation.author());
        json.put("message", generation.message());
        json.put("instant", generation.instant().toString());
        json.put("state", record.state().name().toLowerCase(java.util.Locale.ROOT));
        json.put("cause", record.cause().orElse(null));
        json.put("retained", record.retained());
        return json;
    }

    static Map<String, Object> diff(GenerationDiff diff) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("added", diff.added().stream().map(Json::entry).toList());
        json.put("updated", diff.updated().stream().map(Json::change).toList());
        json.put("moved", diff.moved().stream().map(Json::change).toList());
        json.put("removed", diff.removed().stream().map(Json::entry).toList());
        Map<String, Object> properties = new LinkedHashMap<>();
        diff.properties().forEach((name, change) -> {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("from", Secrets.tellable(name, change.from()).orElse(null));
            values.put("to", Secrets.tellable(name, change.to()).orElse(null));
            properties.put(name, values);
        });
        json.put("frameworkProperties", properties);
        Map<String, Object> configurations = new LinkedHashMap<>();
        diff.configurations().forEach((pid, change) -> {
            Map<String, Object> sides = new LinkedHashMap<>();
            sides.put("from", change.from().map(Json::configuration).orElse(null));
            sides.put("to", change.to().map(Json::configuration).orElse(null));
            configurations.put(pid, sides);
        });
        json.put("configurations", configurations);
        return json;
    }

    /** {@return a configuration as the OSGi Configurator's JSON has it, without secrets} */
    static JsonElement configuration(Configuration configuration) {
        String document = ConfiguratorJson.write(List.of(Secrets.tellable(configuration)));
        return JsonParser.parseString(document).getAsJsonObject().get(configuration.pid());
    }

    static Map<String, Object> configurations(Collection<Configuration> configurations) {
        Map<String, Object> json = new LinkedHashMap<>();
        configurations.forEach(one -> json.put(one.pid(), configuration(one)));
        return json;
    }

    static Map<String, Object> entry(GenerationEntry entry) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("location", entry.location());
        json.put("symbolicName", entry.symbolicName());
        json.put("version", entry.version().toString());
        json.put("digest", entry.content().hex());
        json.put("startLevel", entry.startLevel());
        json.put("autostart", entry.autostart());
        return json;
    }

    private static Map<String, Object> change(GenerationDiff.Change change) {
        Map<String, Object> json = entry(change.to());
        json.put("fromVersion", change.from().version().toString());
        json.put("fromDigest", change.from().content().hex());
        json.put("fromStartLevel", change.from().startLevel());
        json.put("fromAutostart", change.from().autostart());
        return json;
    }

    static List<Map<String, Object>> entries(List<GenerationEntry> entries) {
        return entries.stream().map(Json::entry).toList();
    }
}
