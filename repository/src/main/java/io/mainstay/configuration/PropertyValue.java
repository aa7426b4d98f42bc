package io.mainstay.configuration;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A typed value of a configuration: a scalar, an array of wrappers or primitives, or a collection. Values are equal when
 * Configuration Admin would hold the same; the element type of an empty collection is nowhere known, so all are equal.
 *
 * @see <a href="https://docs.osgi.org/specification/osgi.cmpn/8.1.0/service.cm.html">Compendium 8.1, 104.4.3</a>
 */
public final class PropertyValue {

    /** How elements are held together. */
    enum Shape {
        SCALAR,
        ARRAY,
        PRIMITIVE_ARRAY,
        COLLECTION
    }

    private final Shape shape;
    private final ElementType element;
    private final List<Object> elements;

    PropertyValue(Shape shape, ElementType element, List<Object> elements) {
        boolean untyped = shape == Shape.COLLECTION && elements.isEmpty();
        this.shape = shape;
        this.element = untyped ? ElementType.STRING : element;
        this.elements = List.copyOf(elements);
    }

    /**
     * {@return the value of {@code object}, which is copied}
     *
     * @throws IllegalArgumentException if it is none that a configuration may have
     */
    public static PropertyValue of(Object object) {
        if (object instanceof Collection<?> collection) {
            return of(Shape.COLLECTION, new ArrayList<>(collection), Optional.empty());
        }
        Class<?> type = object.getClass();
        if (!type.isArray()) {
            return of(Shape.SCALAR, List.of(object), Optional.empty());
        }
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < Array.getLength(object); i++) {
            elements.add(Array.get(object, i));
        }
        Class<?> component = type.getComponentType();
        return of(component.isPrimitive() ? Shape.PRIMITIVE_ARRAY : Shape.ARRAY, elements, Optional.of(component));
    }

    private static PropertyValue of(Shape shape, List<?> elements, Optional<Class<?>> component) {
        for (Object one : elements) {
            if (one == null) {
                throw new IllegalArgumentException("a configuration holds no null");
            }
        }
        Class<?> type = component.orElseGet(
                () -> elements.isEmpty() ? String.class : elements.get(0).getClass());
        ElementType element = ElementType.of(type)
                .orElseThrow(() -> new IllegalArgumentException("a configuration holds no " + type.getName()));
        for (Object one : elements) {
            if (one.getClass() != element.wrapper()) {
                throw new IllegalArgumentException("it holds both " + element.className() + " and "
                        + one.getClass().getSimpleName());
            }
        }
        return new PropertyValue(shape, element, List.copyOf(elements));
    }

    /** {@return the value as Configuration Admin takes it; a fresh object at each call} */
    public Object toObject() {
        return switch (shape) {
            case SCALAR -> elements.get(0);
            case ARRAY -> array(element.wrapper());
            case PRIMITIVE_ARRAY -> array(element.primitive().orElseThrow());
            case COLLECTION -> new ArrayList<>(elements);
        };
    }

    private Object array(Class<?> component) {
        Object array = Array.newInstance(component, elements.size());
        for (int i = 0; i < elements.size(); i++) {
            Array.set(array, i, elements.get(i));
        }
        return array;
    }

    /** {@return the type as the Configurator writes it: {@code Integer}, {@code int[]}, {@code Collection<String>}} */
    public String typeName() {
        return switch (shape) {
            case SCALAR -> element.className();
            case ARRAY -> element.className() + "[]";
            case PRIMITIVE_ARRAY -> element.primitive().orElseThrow().getName() + "[]";
            case COLLECTION -> "Collection<" + element.className() + ">";
        };
    }

    /** {@return whether JSON itself shows the type} */
    boolean isPlain() {
        return shape == Shape.SCALAR && (element == ElementType.STRING || element == ElementType.BOOLEAN);
    }

    /** {@return the value as JSON, on one line} */
    public String toJson() {
        if (shape == Shape.SCALAR) {
            return JsonText.literal(elements.get(0));
        }
        List<String> literals = elements.stream().map(JsonText::literal).toList();
        return "[" + String.join(", ", literals) + "]";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PropertyValue that
                && shape == that.shape
                && element == that.element
                && elements.equals(that.elements);
    }

    @Override
    public int hashCode() {
        return 31 * typeName().hashCode() + elements.hashCode();
    }

    /** {@return the value as JSON, with its type where JSON does not show it} */
    @Override
    public String toString() {
        return isPlain() ? toJson() : toJson() + " (" + typeName() + ")";
    }
}
