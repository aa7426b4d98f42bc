package io.mainstay.configuration;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.mainstay.configuration.PropertyValue.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Reads one document of the OSGi Configurator (Compendium 8.1, 150.3). */
final class ConfiguratorReader {
    private static final TypeAdapter<JsonElement> ELEMENTS = new Gson().getAdapter(JsonElement.class);
    private static final int LONGEST_VALUE = 60;
    private static final String COLLECTION = "Collection";

    private final String document;

    ConfiguratorReader(String document) {
        this.document = document;
    }

    List<Configuration> read(String text) {
        JsonReader json = new JsonReader(new StringReader(JsonComments.blank(text)));
        // the strictest would refuse a lone surrogate, which Java has no objection to
        json.setStrictness(Strictness.LEGACY_STRICT);
        try {
            SortedMap<String, Configuration> configurations = configurations(json);
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw refusal("something follows the end of the document");
            }
            return List.copyOf(configurations.values());
        } catch (EOFException e) {
            throw refusal("it ends too early", e);
        } catch (MalformedJsonException | JsonParseException e) {
            throw refusal("it is no JSON: " + e.getMessage().lines().findFirst().orElse(""), e);
        } catch (IllegalStateException e) {
            throw refusal(
                    "it is no document of configurations, which is an object of objects: "
                            + e.getMessage().lines().findFirst().orElse(""),
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException("A text in memory cannot be read", e);
        }
    }

    private static String firstLine(Exception e) {
        return e.getMessage().lines().findFirst().orElse("");
    }

    private SortedMap<String, Configuration> configurations(JsonReader json) throws IOException {
        SortedMap<String, Configuration> configurations = new TreeMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String pid = json.nextName();
            if (pid.startsWith(Configuration.CONFIGURATOR)) {
                requireKnownVersion(pid, ELEMENTS.read(json));
            } else if (configurations.put(pid, configuration(pid, json)) != null) {
                throw refusal("PID " + pid + " is there twice");
            }
        }
        json.endObject();
        return configurations;
    }

    private void requireKnownVersion(String key, JsonElement value) {
        if (key.equals(ConfiguratorJson.RESOURCE_VERSION) && !value.toString().equals("1")) {
            throw refusal("its " + key + " is " + value + ", and only 1 is known");
        }
    }

    private Configuration configuration(String pid, JsonReader json) throws IOException {
        SortedMap<String, PropertyValue> properties = new TreeMap<>();
        Optional<String> factory = Configuration.impliedFactory(pid);
        String location = Configuration.EVERYWHERE;
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            JsonElement value = ELEMENTS.read(json);
            if (key.startsWith(Configuration.CONFIGURATOR)) {
                continue;
            }
            switch (key) {
                case Configuration.PID -> requireSame(pid, text(pid, key, value));
                case Configuration.FACTORY_PID ->
                    factory = Optional.of(text(pid, key, value)).filter(Predicate.not(String::isEmpty));
                case Configuration.LOCATION -> location = text(pid, key, value);
                default -> {
                    Key parts = Key.of(key);
                    if (properties.put(parts.name(), value(pid, parts, value)) != null) {
                        throw refusal("PID " + pid + " has property " + parts.name() + " twice");
                    }
                }
            }
        }
        json.endObject();
        try {
            return new Configuration(pid, factory, location, properties);
        } catch (IllegalArgumentException e) {
            throw refusal(e.getMessage(), e);
        }
    }

    private String text(String pid, String key, JsonElement value) {
        if (value instanceof JsonPrimitive primitive && primitive.isString()) {
            return primitive.getAsString();
        }
        throw refusal("PID " + pid + ", " + key + ": a text is expected, not " + brief(value));
    }

    private static String brief(JsonElement value) {
        String text = value.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }

    private void requireSame(String pid, String other) {
        if (!pid.equals(other)) {
            throw refusal("PID " + pid + " says of itself that its " + Configuration.PID + " is " + other);
        }
    }

    /** A property's name, and the type behind its last colon. */
    private record Key(String name, Optional<String> type) {
        static Key of(String key) {
            int colon = key.lastIndexOf(':');
            return colon < 0
                    ? new Key(key, Optional.empty())
                    : new Key(key.substring(0, colon), Optional.of(key.substring(colon + 1)));
        }
    }

    private PropertyValue value(String pid, Key key, JsonElement value) {
        try {
            if (value.isJsonNull()) {
                throw new IllegalArgumentException("a configuration holds no null; leave the property out");
            }
            return key.type().isPresent() ? typed(key.type().get(), value) : untyped(value);
        } catch (IllegalArgumentException e) {
            throw refusal("PID " + pid + ", property " + key.name() + ": " + e.getMessage(), e);
        }
    }

    private static PropertyValue typed(String type, JsonElement value) {
        if (type.equals("binary") || type.equals("binary[]")) {
            throw new IllegalArgumentException("a file cannot be kept in a configuration; put it in a bundle");
        }
        if (type.equals(COLLECTION)) {
            List<JsonPrimitive> elements = elements(value);
            return new PropertyValue(Shape.COLLECTION, common(elements), parse(common(elements), elements));
        }
        if (type.startsWith(COLLECTION + "<") && type.endsWith(">")) {
            return shaped(
                    Shape.COLLECTION,
                    type,
                    type.substring(COLLECTION.length() + 1, type.length() - 1),
                    elements(value));
        }
        if (type.endsWith("[]")) {
            String element = type.substring(0, type.length() - 2);
            boolean primitive = ElementType.named(element)
                    .flatMap(ElementType::primitive)
                    .filter(one -> one.getName().equals(element))
                    .isPresent();
            return shaped(primitive ? Shape.PRIMITIVE_ARRAY : Shape.ARRAY, type, element, elements(value));
        }
        return shaped(Shape.SCALAR, type, type, List.of(primitive(value)));
    }

    private static PropertyValue shaped(Shape shape, String type, String element, List<JsonPrimitive> elements) {
        ElementType found = ElementType.named(element)
                .orElseThrow(() -> new IllegalArgumentException("there is no type '" + type + "'"));
        return new PropertyValue(shape, found, parse(found, elements));
    }

    /** As the Configurator infers it (150.3.4): what has no type of its own is kept as the text of its JSON. */
    private static PropertyValue untyped(JsonElement value) {
        if (value instanceof JsonPrimitive primitive) {
            ElementType type = common(List.of(primitive));
            return new PropertyValue(Shape.SCALAR, type, parse(type, List.of(primitive)));
        }
        if (value instanceof JsonArray array && isHomogeneous(array)) {
            ElementType type = common(elements(array));
            return new PropertyValue(Shape.ARRAY, type, parse(type, elements(array)));
        }
        return PropertyValue.of(value.toString());
    }

    private static boolean isHomogeneous(JsonArray array) {
        return array.asList().stream().allMatch(JsonElement::isJsonPrimitive)
                && array.asList().stream()
                                .map(one -> kind(one.getAsJsonPrimitive()))
                                .distinct()
                                .count()
                        <= 1;
    }

    private static ElementType kind(JsonPrimitive primitive) {
        return primitive.isString()
                ? ElementType.STRING
                : primitive.isBoolean() ? ElementType.BOOLEAN : ElementType.LONG;
    }

    /** The type that holds all of them: whole numbers are long, others double. */
    private static ElementType common(List<JsonPrimitive> elements) {
        if (elements.isEmpty()) {
            return ElementType.STRING;
        }
        ElementType first = kind(elements.get(0));
        if (elements.stream().anyMatch(one -> kind(one) != first)) {
            throw new IllegalArgumentException("its elements are of different types");
        }
        boolean decimal = elements.stream()
                .anyMatch(one -> one.isNumber() && one.getAsString().matches(".*[.eE].*"));
        return decimal ? ElementType.DOUBLE : first;
    }

    private static List<Object> parse(ElementType type, List<JsonPrimitive> elements) {
        List<Object> parsed = new ArrayList<>();
        elements.forEach(one -> parsed.add(type.parse(one.getAsString(), one.isString())));
        return parsed;
    }

    /** One value where several may stand is a list of one. */
    private static List<JsonPrimitive> elements(JsonElement value) {
        List<JsonPrimitive> elements = new ArrayList<>();
        if (value instanceof JsonArray array) {
            array.forEach(one -> elements.add(primitive(one)));
        } else {
            elements.add(primitive(value));
        }
        return elements;
    }

    private static JsonPrimitive primitive(JsonElement value) {
        if (value instanceof JsonPrimitive primitive) {
            return primitive;
        }
        throw new IllegalArgumentException("a text, a number, true or false is expected, not " + brief(value));
    }

    private RefusedConfigurationException refusal(String why) {
        return new RefusedConfigurationException(document, why);
    }

    private RefusedConfigurationException refusal(String why, Throwable cause) {
        return new RefusedConfigurationException(document, why, cause);
    }
}
