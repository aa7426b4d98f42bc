package io.mainstay.framework;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.Set;

/** What may know what. */
@AnalyzeClasses(
        packages = {"io.mainstay.framework", "org.apache.felix.framework"},
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    private static final String US = "io.mainstay.framework";
    private static final String[] EXPORTED = {
        US, US + ".deploy", US + ".node", US + ".plan", US + ".trace", US + ".workshop"
    };

    @ArchTest
    static final ArchRule planningIsPure = classes()
            .that()
            .resideInAPackage(US + ".plan")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    US + ".plan",
                    "io.mainstay.store",
                    "org.osgi.framework",
                    "org.osgi.annotation..",
                    "java.lang..",
                    "java.util..");

    @ArchTest
    static final ArchRule noSql =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("java.sql", "javax.sql");

    @ArchTest
    static final ArchRule noDerby = noClasses().should().dependOnClassesThat().resideInAPackage("org.apache.derby..");

    @ArchTest
    static final ArchRule noInsideOfTheStore =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.mainstay.store.jdbc..");

    @ArchTest
    static final ArchRule felixIsKnownInFewPlaces = classes()
            .that()
            .resideInAPackage(US + "..")
            .and()
            .areNotAssignableTo(org.apache.felix.framework.Logger.class)
            .and(DescribedPredicate.not(resideInAnyPackage(US + ".apply", US + ".content")))
            .and(DescribedPredicate.not(equivalentTo(MainstayFrameworkFactory.class)))
            .should()
            .onlyDependOnClassesThat(DescribedPredicate.not(resideInAPackage("org.apache.felix..")));

    @ArchTest
    static final ArchRule signaturesNameNoImplementation = codeUnits()
            .that(arePublicInExportedPackages())
            .should(nameNothingFrom("org.apache.felix", "org.apache.derby"));

    @ArchTest
    static final ArchRule fieldsNameNoImplementation = fields().that(arePublicInExportedPackages())
            .should()
            .haveRawType(DescribedPredicate.not(resideInAnyPackage("org.apache.felix..", "org.apache.derby..")));

    /** Settings alone goes round: they are told at the door, and known inside. */
    @ArchTest
    static final ArchRule packagesHaveNoCircles = slices().matching("(io.mainstay.framework..)")
            .should()
            .beFreeOfCycles()
            .ignoreDependency(alwaysTrue(), equivalentTo(Settings.class));

    private static DescribedPredicate<JavaMember> arePublicInExportedPackages() {
        return DescribedPredicate.describe(
                "are public in exported packages",
                member -> resideInAnyPackage(EXPORTED).test(member.getOwner())
                        && member.getOwner().getModifiers().contains(JavaModifier.PUBLIC)
                        && (member.getModifiers().contains(JavaModifier.PUBLIC)
                                || member.getModifiers().contains(JavaModifier.PROTECTED)));
    }

    private static ArchCondition<JavaCodeUnit> nameNothingFrom(String... roots) {
        return new ArchCondition<>("name nothing from " + String.join(", ", roots)) {
            @Override
            public void check(JavaCodeUnit unit, ConditionEvents events) {
                Set<JavaClass> named = new HashSet<>(unit.getReturnType().getAllInvolvedRawTypes());
                for (JavaType parameter : unit.getParameterTypes()) {
                    named.addAll(parameter.getAllInvolvedRawTypes());
                }
                unit.getThrowsClause().getTypes().forEach(named::add);
                for (JavaClass type : named) {
                    for (String root : roots) {
                        if (type.getName().startsWith(root + ".")) {
                            events.add(SimpleConditionEvent.violated(
                                    unit, unit.getFullName() + " names " + type.getName()));
                        }
                    }
                }
            }
        };
    }
}
