package io.connbudget.it;

import static com.tngtech.archunit.lang.conditions.ArchConditions.beFinal;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import org.assertj.core.api.Assertions;

/** The walls between modules and between the packages of proxy-core: who may know whom. */
@AnalyzeClasses(packages = "io.connbudget", importOptions = ImportOption.DoNotIncludeTests.class)
final class WallsTest {
    private static final String PROXY = "io.connbudget.proxy.";

    @ArchTest
    static final ArchRule WIRE_PROTOCOL_KNOWS_NO_OTHER_MODULE = noClasses()
            .that()
            .resideInAPackage("io.connbudget.wire..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.connbudget.budget..", "io.connbudget.proxy..");

    @ArchTest
    static final ArchRule BUDGET_POLICY_KNOWS_NO_OTHER_MODULE = noClasses()
            .that()
            .resideInAPackage("io.connbudget.budget..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.connbudget.wire..", "io.connbudget.proxy..", "io.netty..");

    @ArchTest
    static final ArchRule ONLY_THE_DRIVER_PACKAGE_SEES_CONNECTOR_J = noClasses()
            .that()
            .resideOutsideOfPackage(PROXY + "backend.driver..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.mysql..");

    @ArchTest
    static final ArchRule ONLY_ITS_CONNECTIONS_AND_METRICS_SEE_HIKARI = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(PROXY + "backend.HikariConnections")
            .and()
            .resideOutsideOfPackage(PROXY + "metrics..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.zaxxer..");

    @ArchTest
    static final ArchRule ONLY_THE_DEMO_SEES_THE_EMBEDDED_DATABASE = noClasses()
            .that()
            .resideOutsideOfPackage(PROXY + "cli.demo..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ch.vorburger..", PROXY + "cli.demo..");

    @ArchTest
    static final ArchRule LEASE_IS_WHERE_THE_BUDGET_IS_ASKED = noClasses()
            .that()
            .resideInAnyPackage(packages(
                    "session", "relay", "backend", "net", "error", "admin", "cli", "logging", "operate", "console"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.connbudget.budget..");

    @ArchTest
    static final ArchRule A_SESSION_IS_APART_FROM_ANY_BACKEND =
            knowsNothingOf("session", "backend", "lease", "relay", "frontend", "config", "admin", "cli", "metrics");

    @ArchTest
    static final ArchRule A_BACKEND_KNOWS_NO_CLIENT =
            knowsNothingOf("backend", "session", "lease", "relay", "frontend", "config", "admin", "cli");

    @ArchTest
    static final ArchRule THE_RELAY_KNOWS_PACKETS_ONLY =
            knowsNothingOf("relay", "session", "lease", "backend", "frontend", "config", "admin", "cli");

    @ArchTest
    static final ArchRule A_LEASE_KNOWS_NO_FRONTEND = knowsNothingOf("lease", "frontend", "admin", "cli");

    @ArchTest
    static final ArchRule THE_FRONTEND_REACHES_BACKENDS_BY_LEASE_ONLY =
            knowsNothingOf("frontend", "backend", "relay", "admin", "cli");

    @ArchTest
    static final ArchRule IDENTITY_KNOWS_NO_CLIENT_CONNECTION =
            knowsNothingOf("identity", "frontend", "session", "relay", "admin", "cli", "metrics");

    @ArchTest
    static final ArchRule CONFIGURATION_KNOWS_NO_PART_THAT_IT_CONFIGURES =
            knowsNothingOf("config", "frontend", "session", "lease", "relay", "backend", "admin", "cli", "metrics");

    @ArchTest
    static final ArchRule METRICS_KNOW_NUMBERS_ONLY =
            knowsNothingOf("metrics", "frontend", "session", "lease", "relay", "backend", "admin", "cli", "config");

    @ArchTest
    static final ArchRule ERRORS_KNOW_NO_PART_THAT_RAISES_THEM = knowsNothingOf(
            "error", "frontend", "session", "lease", "relay", "backend", "admin", "cli", "config", "metrics");

    @ArchTest
    static final ArchRule ADMINISTRATION_ASKS_THROUGH_INTERFACES =
            knowsNothingOf("admin", "frontend", "session", "lease", "relay", "backend", "cli");

    @ArchTest
    static final ArchRule THE_CONSOLE_ASKS_THROUGH_INTERFACES =
            knowsNothingOf("console", "frontend", "session", "lease", "relay", "backend", "cli", "admin", "metrics");

    @ArchTest
    static final ArchRule WHAT_OPERATORS_SEE_IS_PLAIN_VALUES = knowsNothingOf(
            "operate",
            "frontend",
            "identity",
            "session",
            "lease",
            "relay",
            "backend",
            "cli",
            "admin",
            "console",
            "metrics",
            "config",
            "error");

    @ArchTest
    static final ArchRule COMMANDS_START_A_PROXY_WITHOUT_KNOWING_ITS_PARTS =
            knowsNothingOf("cli", "frontend", "session", "lease", "relay", "backend");

    @ArchTest
    static final ArchRule NO_PART_KNOWS_WHO_SIZES_IT = noClasses()
            .that()
            .resideInAnyPackage(packages(
                    "frontend", "session", "lease", "relay", "backend", "config", "metrics", "error", "admin", "cli"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(PROXY + "capacity..");

    @ArchTest
    static final ArchRule CAPACITY_KNOWS_NO_CLIENT =
            knowsNothingOf("capacity", "frontend", "session", "relay", "admin");

    @ArchTest
    static final ArchRule NO_STATIC_STATE =
            fields().that().areStatic().should(beFinal()).because("collaborators come through constructors");

    /** An empty import would satisfy every rule above. */
    @ArchTest
    static void everyPackageIsLookedAt(JavaClasses classes) {
        for (String name : new String[] {
            "frontend",
            "session",
            "lease",
            "relay",
            "backend",
            "backend.driver",
            "config",
            "capacity",
            "cli",
            "cli.demo",
            "admin",
            "operate",
            "console",
            "metrics",
            "error"
        }) {
            Assertions.assertThat(classes)
                    .as("classes of %s", name)
                    .anyMatch(type -> type.getPackageName().equals(PROXY + name)
                            && !type.getModifiers().contains(JavaModifier.SYNTHETIC));
        }
    }

    private static ArchRule knowsNothingOf(String part, String... others) {
        return noClasses()
                .that()
                .resideInAPackage(PROXY + part + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages(others));
    }

    private static String[] packages(String... names) {
        return Arrays.stream(names).map(name -> PROXY + name + "..").toArray(String[]::new);
    }
}
