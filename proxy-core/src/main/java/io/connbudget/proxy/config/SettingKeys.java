package io.connbudget.proxy.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Every key of the configuration, read from the components of its records, in their order. */
final class SettingKeys {
    private static final List<String> SECRET_VARIANTS = List.of("", "-file", "-env");

    private SettingKeys() {}

    static List<SettingKey> all() {
        List<SettingKey> keys = new ArrayList<>();
        collect(ProxyConfig.class, "", keys);
        return List.copyOf(keys);
    }

    private static void collect(Class<?> type, String prefix, List<SettingKey> into) {
        for (RecordComponent component : type.getRecordComponents()) {
            String path = prefix + kebab(component.getName());
            Class<?> element = elementType(component);
            if (element != null) {
                collect(element, path + "[].", into);
            } else if (isSection(component.getType())) {
                collect(component.getType(), path + ".", into);
            } else {
                Setting setting = component.getAnnotation(Setting.class);
                if (setting == null) {
                    throw new IllegalStateException(component + " of " + type + " has no @Setting");
                }
                List<String> variants = component.getType() == Secret.class ? SECRET_VARIANTS : List.of("");
                for (String variant : variants) {
                    into.add(new SettingKey(path + variant, component.getType(), setting, variant));
                }
            }
        }
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
        Type generic = component.getGenericType();
        return (Class<?>) ((ParameterizedType) generic).getActualTypeArguments()[0];
    }

    static String kebab(String camel) {
        return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
