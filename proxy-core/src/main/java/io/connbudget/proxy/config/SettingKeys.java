package io.connbudget.proxy.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every key of the configuration, read from the components of its records, in their order. */
final class SettingKeys {
    private static final List<String> SECRET_VARIANTS = List.of("", "-file", "-env");

    private SettingKeys() {}

    static List<SettingKey> all() {
        return of(ProxyConfig.class);
    }

    /** Every key of a file that is bound to another record. */
    static List<SettingKey> of(Class<?> record) {
        List<SettingKey> keys = new ArrayList<>();
        collect(record, "", keys);
        return List.copyOf(keys);
    }

    private static void collect(Class<?> type, String prefix, List<SettingKey> into) {
        for (RecordComponent component : type.getRecordComponents()) {
            String path = prefix + name(component);
            Class<?> element = elementType(component);
            Class<?> value = valueType(component);
            if (element != null) {
                collect(element, path + "[].", into);
            } else if (value == String.class) {
                into.add(new SettingKey(path + "." + SettingKey.ATTRIBUTE, value, setting(component), ""));
            } else if (value != null) {
                collect(value, path + "." + SettingKey.NAME + ".", into);
            } else if (isSection(component.getType())) {
                collect(component.getType(), path + ".", into);
            } else {
                Setting setting = setting(component);
                List<String> variants = component.getType() == Secret.class ? SECRET_VARIANTS : List.of("");
                for (String variant : variants) {
                    into.add(new SettingKey(path + variant, component.getType(), setting, variant));
                }
            }
        }
    }

    private static Setting setting(RecordComponent component) {
        Setting setting = component.getAnnotation(Setting.class);
        if (setting == null) {
            throw new IllegalStateException(component + " of " + component.getDeclaringRecord() + " has no @Setting");
        }
        return setting;
    }

    /** The last part of the key of a component. */
    static String name(RecordComponent component) {
        Setting setting = component.getAnnotation(Setting.class);
        return setting == null || setting.name().isEmpty() ? kebab(component.getName()) : setting.name();
    }

    /** A record with keys of its own, as against one that is written as one value. */
    static boolean isSection(Class<?> type) {
        return type.isRecord() && type.getRecordComponents()[0].isAnnotationPresent(Setting.class);
    }

    /** The type of a list's elements, null if the component is no list. */
    static @Nullable Class<?> elementType(RecordComponent component) {
        if (component.getType() != List.class) {
            return null;
        }
        return typeArgument(component, 0);
    }

    /** The type of a map's values, null if the component is no map; its keys are texts. */
    static @Nullable Class<?> valueType(RecordComponent component) {
        return component.getType() == Map.class ? typeArgument(component, 1) : null;
    }

    private static Class<?> typeArgument(RecordComponent component, int index) {
        Type generic = component.getGenericType();
        return (Class<?>) ((ParameterizedType) generic).getActualTypeArguments()[index];
    }

    static String kebab(String camel) {
        return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
