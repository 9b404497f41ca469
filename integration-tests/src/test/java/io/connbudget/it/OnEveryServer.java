package io.connbudget.it;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * A test that runs once on each server of {@link DatabaseServers}, with one parameter: a {@link TestDatabase} of its
 * own, dropped after it.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@ArgumentsSource(OnEveryServer.Databases.class)
public @interface OnEveryServer {

    /** Makes one database per server and invocation; JUnit closes it after the invocation. */
    final class Databases implements ArgumentsProvider {
        private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(Databases.class);

        @Override
        public Stream<? extends Arguments> provideArguments(
                ParameterDeclarations parameters, ExtensionContext context) {
            return servers(context).all().stream()
                    .map(server -> Arguments.of(TestDatabase.create(
                            server, context.getRequiredTestClass().getSimpleName())));
        }

        /** The servers of the run, which end with it. */
        static DatabaseServers servers(ExtensionContext context) {
            return context.getRoot()
                    .getStore(NAMESPACE)
                    .getOrComputeIfAbsent(DatabaseServers.class, key -> DatabaseServers.find(), DatabaseServers.class);
        }
    }
}
