package dev.nomoat.grammar.record;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.tokenizer.json.Json;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the shapes of types. The one place that uses reflection, on components of records. */
final class Shapes {
  /** The property that tells records of a sealed interface apart. */
  private static final String DISCRIMINATOR = "type";

  private final Map<String, Json> definitions = new LinkedHashMap<>();

  /** Shapes of records that are known or under construction, which may contain themselves. */
  private final Map<String, Shape> records = new HashMap<>();

  /** The schemas of the records, by name. */
  Map<String, Json> definitions() {
    return definitions;
  }

  /** The shape of a type at a place. */
  Shape of(Type type, String path) {
    if (type instanceof ParameterizedType generic) {
      return generic(generic, path);
    }
    if (!(type instanceof Class<?> plain)) {
      throw unsupported(type, path);
    }
    if (plain.isArray()) {
      return array(plain.getComponentType(), path);
    }
    if (plain.isRecord()) {
      return named(plain, Optional.empty(), path);
    }
    if (plain.isEnum()) {
      return constants(plain);
    }
    if (plain.isSealed() && plain.isInterface()) {
      return sealed(plain, path);
    }
    Shape scalar = Scalars.of(plain);
    if (scalar == null) {
      throw unsupported(type, path);
    }
    return scalar;
  }

  private static GrammarException unsupported(Type type, String path) {
    return GrammarException.in(path, "the type %s is not supported".formatted(type.getTypeName()));
  }

  private Shape generic(ParameterizedType type, String path) {
    Type[] arguments = type.getActualTypeArguments();
    if (type.getRawType() == List.class || type.getRawType() == Collection.class) {
      return list(of(arguments[0], path + "[]"), List::copyOf);
    }
    if (type.getRawType() == Set.class) {
      return list(of(arguments[0], path + "[]"), LinkedHashSet::new);
    }
    if (type.getRawType() == Optional.class) {
      Shape inner = of(arguments[0], path);
      Json schema = object("anyOf", array(inner.schema(), object("type", text("null"))));
      return new Shape(
          schema,
          json ->
              json == null || json instanceof Json.NullValue
                  ? Optional.empty()
                  : Optional.of(inner.reader().read(json)));
    }
    if (type.getRawType() == Map.class && arguments[0] == String.class) {
      return map(of(arguments[1], path + "[]"));
    }
    throw unsupported(type, path);
  }

  @FunctionalInterface
  private interface Gather {
    Object of(List<Object> elements);
  }

  private static Shape list(Shape element, Gather gather) {
    Map<String, Json> schema = new LinkedHashMap<>();
    schema.put("type", text("array"));
    schema.put("items", element.schema());
    return new Shape(
        new Json.ObjectValue(schema),
        json -> {
          List<Object> elements = new ArrayList<>();
          for (Json one : Scalars.expect(Json.ArrayValue.class, json).elements()) {
            elements.add(element.reader().read(one));
          }
          return gather.of(elements);
        });
  }

  private Shape array(Class<?> type, String path) {
    return list(
        of(type, path + "[]"),
        elements -> {
          Object array = Array.newInstance(type, elements.size());
          for (int i = 0; i < elements.size(); i++) {
            Array.set(array, i, elements.get(i));
          }
          return array;
        });
  }

  private static Shape map(Shape value) {
    Map<String, Json> schema = new LinkedHashMap<>();
    schema.put("type", text("object"));
    schema.put("additionalProperties", value.schema());
    return new Shape(
        new Json.ObjectValue(schema),
        json -> {
          Map<String, Object> members = new LinkedHashMap<>();
          Scalars.expect(Json.ObjectValue.class, json)
              .members()
              .forEach((name, member) -> members.put(name, value.reader().read(member)));
          return members;
        });
  }

  private static Shape constants(Class<?> type) {
    Map<String, Object> constants = new LinkedHashMap<>();
    for (Object constant : Objects.requireNonNull(type.getEnumConstants())) {
      constants.put(((Enum<?>) constant).name(), constant);
    }
    Json[] names = constants.keySet().stream().map(Shapes::text).toArray(Json[]::new);
    return new Shape(
        object("enum", array(names)),
        json -> {
          String name = Scalars.expect(Json.TextValue.class, json).value();
          Object constant = constants.get(name);
          if (constant == null) {
            throw new IllegalArgumentException("%s has no %s".formatted(type.getName(), name));
          }
          return constant;
        });
  }

  private Shape sealed(Class<?> type, String path) {
    Map<String, Shape> byName = new LinkedHashMap<>();
    for (Class<?> permitted : Objects.requireNonNull(type.getPermittedSubclasses())) {
      if (!permitted.isRecord()) {
        throw GrammarException.in(
            path, "%s is not a record, so it is not supported".formatted(permitted.getName()));
      }
      String name = permitted.getSimpleName();
      if (byName.put(name, named(permitted, Optional.of(name), path + "." + name)) != null) {
        throw GrammarException.in(path, "two records of the name %s".formatted(name));
      }
    }
    Json[] schemas = byName.values().stream().map(Shape::schema).toArray(Json[]::new);
    return new Shape(
        object("anyOf", array(schemas)),
        json -> {
          Json name = Scalars.expect(Json.ObjectValue.class, json).members().get(DISCRIMINATOR);
          Shape shape = byName.get(Scalars.expect(Json.TextValue.class, name).value());
          if (shape == null) {
            throw new IllegalArgumentException("%s has no %s".formatted(type.getName(), name));
          }
          return shape.reader().read(json);
        });
  }

  /** The shape of a record: a reference to its definition, so that it may contain itself. */
  private Shape named(Class<?> type, Optional<String> discriminator, String path) {
    String name =
        discriminator.isPresent() ? type.getName() + " as one of several" : type.getName();
    Shape known = records.get(name);
    if (known != null) {
      return known;
    }
    if (type.getTypeParameters().length > 0) {
      throw unsupported(type, path);
    }
    Json reference = object("$ref", text("#/$defs/" + name.replace(" ", "%20")));
    Map<String, Shape> components = new LinkedHashMap<>();
    Constructor<?> constructor = constructor(type, path);
    Shape shape = new Shape(reference, json -> read(constructor, components, json));
    records.put(name, shape);
    for (RecordComponent component : type.getRecordComponents()) {
      String place = path + "." + component.getName();
      if (discriminator.isPresent() && component.getName().equals(DISCRIMINATOR)) {
        throw GrammarException.in(
            place, "the name tells records apart, so no component may have it");
      }
      components.put(component.getName(), of(component.getGenericType(), place));
    }
    definitions.put(name, schema(type, components, discriminator));
    return shape;
  }

  private static Json schema(
      Class<?> type, Map<String, Shape> components, Optional<String> discriminator) {
    Map<String, Json> properties = new LinkedHashMap<>();
    List<Json> required = new ArrayList<>();
    discriminator.ifPresent(
        name -> {
          properties.put(DISCRIMINATOR, object("const", text(name)));
          required.add(text(DISCRIMINATOR));
        });
    for (RecordComponent component : type.getRecordComponents()) {
      String name = component.getName();
      properties.put(name, Objects.requireNonNull(components.get(name)).schema());
      if (component.getType() != Optional.class) {
        required.add(text(name));
      }
    }
    Map<String, Json> schema = new LinkedHashMap<>();
    schema.put("type", text("object"));
    schema.put("properties", new Json.ObjectValue(properties));
    schema.put("required", new Json.ArrayValue(required));
    schema.put("additionalProperties", new Json.BoolValue(false));
    return new Json.ObjectValue(schema);
  }

  private static Constructor<?> constructor(Class<?> type, String path) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("a record without its constructor: " + type.getName(), e);
    } catch (InaccessibleObjectException _) {
      throw GrammarException.in(
          path,
          "the constructor of %s may not be called: open its package to the module dev.nomoat"
              .formatted(type.getName()));
    }
  }

  private static Object read(
      Constructor<?> constructor, Map<String, Shape> components, @Nullable Json json) {
    Map<String, Json> members = Scalars.expect(Json.ObjectValue.class, json).members();
    Object[] values = new Object[components.size()];
    int i = 0;
    for (var component : components.entrySet()) {
      values[i++] = component.getValue().reader().read(members.get(component.getKey()));
    }
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "%s refuses %s: %s"
              .formatted(
                  constructor.getDeclaringClass().getName(), Arrays.toString(values), e.getCause()),
          e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Json text(String value) {
    return new Json.TextValue(value);
  }

  private static Json array(Json... elements) {
    return new Json.ArrayValue(List.of(elements));
  }

  private static Json object(String name, Json value) {
    return new Json.ObjectValue(Map.of(name, value));
  }
}
