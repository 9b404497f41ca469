package io.connbudget.wire;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.connbudget.wire", importOptions = ImportOption.DoNotIncludeTests.class)
class WallsTest {
    @ArchTest
    static final ArchRule usesBytesAndBuffersOnly = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "javax.crypto..",
                    "io.netty.buffer..",
                    "io.netty.util..",
                    "org.jspecify..",
                    "io.connbudget.wire..");

    @ArchTest
    static final ArchRule opensNoSocket =
            classes().should().onlyDependOnClassesThat().resideOutsideOfPackages("java.net..", "java.nio.channels..");
}
