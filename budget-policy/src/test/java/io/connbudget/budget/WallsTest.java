package io.connbudget.budget;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

/** The policy is plain Java: no I/O, no threads, no clock. */
class WallsTest {
    private static final JavaClasses MODULE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.connbudget.budget");

    @Test
    void knowsNothingButJavaAndJspecify() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.connbudget.budget..",
                        "org.jspecify.annotations",
                        "java.lang..",
                        "java.util",
                        "java.util.function",
                        "java.util.stream",
                        "java.util.regex",
                        "java.math",
                        "java.time",
                        "java.net")
                .check(MODULE);
    }

    @Test
    void addressesAreAllItKnowsOfTheNetwork() {
        noClasses()
                .should()
                .dependOnClassesThat(new DescribedPredicate<JavaClass>("are of java.net and no address") {
                    @Override
                    public boolean test(JavaClass c) {
                        return c.getPackageName().equals("java.net")
                                && !c.isEquivalentTo(InetAddress.class)
                                && !c.isEquivalentTo(UnknownHostException.class);
                    }
                })
                .check(MODULE);
    }

    @Test
    void hasNoThreadsAndNoClock() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, ThreadLocal.class, java.time.Clock.class, Runtime.class)
                .check(MODULE);
        noClasses().should().callMethod(System.class, "nanoTime").check(MODULE);
        noClasses().should().callMethod(System.class, "currentTimeMillis").check(MODULE);
        noClasses().should().callMethod(java.time.Instant.class, "now").check(MODULE);
    }

    @Test
    void hasNoStaticMutableState() {
        fields().that().areStatic().should().beFinal().check(MODULE);
    }
}
