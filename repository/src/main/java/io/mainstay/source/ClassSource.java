package io.mainstay.source;

import aQute.bnd.classfile.ClassFile;
import aQute.bnd.classfile.SourceFileAttribute;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;

/** What a class file tells of the source that it was compiled from: Java Virtual Machine Specification, 4.7.10. */
final class ClassSource {
    private final ClassFile file;

    private ClassSource(ClassFile file) {
        this.file = file;
    }

    /** {@return what a class file tells; empty if it cannot be read} */
    static Optional<ClassSource> of(byte[] classFile) {
        try {
            return Optional.of(new ClassSource(
                    ClassFile.parseClassFile(new DataInputStream(new ByteArrayInputStream(classFile)))));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** {@return the name of the file, without its folder} */
    Optional<String> sourceFile() {
        return Stream.of(file.attributes)
                .filter(SourceFileAttribute.class::isInstance)
                .map(attribute -> ((SourceFileAttribute) attribute).sourcefile)
                .findFirst();
    }

    /** {@return the path of the file below the folder of sources} */
    Optional<String> sourcePath() {
        return sourceFile().map(name -> file.this_class.substring(0, file.this_class.lastIndexOf('/') + 1) + name);
    }
}
