package io.mainstay;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.osgi.annotation.bundle.Export;

/** Which package may know which. */
@AnalyzeClasses(packages = "io.mainstay", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] EXPORTED = {
        "io.mainstay.configuration",
        "io.mainstay.store",
        "io.mainstay.store.spi",
        "io.mainstay.intake",
        "io.mainstay.repository",
        "io.mainstay.source"
    };
    private static final String[] ENGINES = {
        "io.mainstay.store.jdbc..", "org.apache.derby..", "com.zaxxer..", "org.postgresql..", "org.apache.felix.."
    };

    @ArchTest
    static final ArchRule whatIsExported_knowsNoEngine =
            noClasses().that().resideInAnyPackage(EXPORTED).should().dependOnClassesThat(resideInAnyPackage(ENGINES));

    @ArchTest
    static final ArchRule nothing_knowsTheFramework = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.felix..", "io.mainstay.framework..");

    @ArchTest
    static final ArchRule onlyTheJdbcStore_speaksToDatabases = noClasses()
            .that(not(resideInAPackage("io.mainstay.store.jdbc..")))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "javax.sql..");

    @ArchTest
    static final ArchRule theStore_knowsOnlyItself = noClasses()
            .that()
            .resideInAnyPackage("io.mainstay.store..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.mainstay.intake..", "io.mainstay.repository..", "io.mainstay.zip..", "aQute..");

    @ArchTest
    static final ArchRule configurations_knowOnlyThemselves = noClasses()
            .that()
            .resideInAPackage("io.mainstay.configuration..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.mainstay.store..",
                    "io.mainstay.intake..",
                    "io.mainstay.repository..",
                    "io.mainstay.zip..",
                    "aQute..");

    @ArchTest
    static final ArchRule theZipReader_knowsOnlyContent = classes()
            .that()
            .resideInAPackage("io.mainstay.zip..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage("java..", "io.mainstay.zip..", "io.mainstay.store"));

    @ArchTest
    static void exportedPackages_areThese(JavaClasses classes) {
        Set<String> exported = classes.getDefaultPackage().getSubpackagesInTree().stream()
                .filter(one -> one.isAnnotatedWith(Export.class))
                .map(JavaPackage::getName)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(exported).containsExactlyInAnyOrder(EXPORTED);
    }

    /** The rules above see code; this one sees signatures, type arguments included. */
    @ArchTest
    static void signatures_nameNoEngine(JavaClasses classes) {
        List<String> offences = new ArrayList<>();
        for (JavaClass type : classes.that(resideInAnyPackage(EXPORTED))) {
            if (type.getModifiers().contains(JavaModifier.PUBLIC)) {
                types(type).stream()
                        .flatMap(used -> used.getAllInvolvedRawTypes().stream())
                        .map(JavaClass::getName)
                        .filter(name ->
                                name.matches("(org\\.apache\\.(derby|felix)|com\\.zaxxer|org\\.postgresql)\\..*"))
                        .forEach(name -> offences.add(type.getName() + " names " + name));
            }
        }

        assertThat(offences).isEmpty();
    }

    private static List<JavaType> types(JavaClass type) {
        List<JavaType> types = new ArrayList<>(type.getInterfaces());
        type.getSuperclass().ifPresent(types::add);
        for (JavaField field : type.getFields()) {
            if (visible(field.getModifiers())) {
                types.add(field.getType());
            }
        }
        for (JavaCodeUnit unit : type.getCodeUnits()) {
            if (visible(unit.getModifiers())) {
                types.add(unit.getReturnType());
                types.addAll(unit.getParameterTypes());
                types.addAll(unit.getExceptionTypes());
            }
        }
        return types;
    }

    private static boolean visible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }
}
