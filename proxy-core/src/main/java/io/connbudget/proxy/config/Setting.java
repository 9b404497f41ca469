package io.connbudget.proxy.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says of a record component that it is a key of the configuration. The key is the component's name in kebab case, below the key of its record; the
 * environment variable follows from the key.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Setting {
    /** Default of a key that must be given. */
    String REQUIRED = "<required>";

    /** Default of a key that may be absent; its component is null then. */
    String NONE = "<none>";

    /** What the key means, one sentence for the reference; with the unit where the type does not say it. */
    String value();

    /** As it would be written in the file. */
    String byDefault() default REQUIRED;

    /** The key, where it cannot be the component's name. */
    String name() default "";

    /** The long option of {@code serve}, if it has one. */
    String flag() default "";

    /** A word that stands for {@link #wordMeans}, or for an absent value where the type is no number. */
    String word() default "";

    int wordMeans() default 0;

    /** A key beside this one that makes it no longer required. */
    String unless() default "";

    /** Least value of a number. */
    int min() default 0;
}
