package io.mainstay.deploy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** bundles -> framework -> repository, over everything that the tool's class path has of ours. */
@AnalyzeClasses(packages = "io.mainstay", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] BUNDLES = {"io.mainstay.deploy..", "io.mainstay.verbs..", "io.mainstay.shell.."};
    private static final String[] REPOSITORY = {
        "io.mainstay.store..", "io.mainstay.intake..", "io.mainstay.repository..", "io.mainstay.zip.."
    };

    @ArchTest
    static final ArchRule frameworkKnowsNoBundle = noClasses()
            .that()
            .resideInAPackage("io.mainstay.framework..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(BUNDLES);

    @ArchTest
    static final ArchRule repositoryKnowsNeither = noClasses()
            .that()
            .resideInAnyPackage(REPOSITORY)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.mainstay.framework..", "io.mainstay.deploy..", "io.mainstay.verbs..", "io.mainstay.shell..");

    @ArchTest
    static final ArchRule bundlesUseWhatIsExported = noClasses()
            .that()
            .resideInAnyPackage(BUNDLES)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.mainstay.store.jdbc..",
                    "io.mainstay.zip..",
                    "io.mainstay.framework.apply..",
                    "io.mainstay.framework.boot..",
                    "io.mainstay.framework.content..",
                    "org.apache.felix.framework..",
                    "org.apache.derby..");
}
