package io.mainstay.source;

import java.util.regex.Pattern;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * What other source sees of a class: all but code. Where it stays the same, nothing else needs to be compiled again;
 * constants, which the compiler copies, are part of it, and private members, which hide inherited ones.
 */
final class ClassSurface extends ClassVisitor {
    private static final Pattern HIDDEN = Pattern.compile(".*\\$\\d[^/]*\\.class");

    private ClassSurface(ClassWriter writer) {
        super(Opcodes.ASM9, writer);
    }

    /** Whether no other source can name a class: it is anonymous, local, or the compiler's own. */
    static boolean isHidden(String path) {
        return HIDDEN.matcher(path).matches();
    }

    /** {@return the surface of a class file, as bytes to compare} */
    static byte[] of(byte[] classFile) {
        ClassWriter writer = new ClassWriter(0);
        new ClassReader(classFile).accept(new ClassSurface(writer), ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG);
        return writer.toByteArray();
    }

    @Override
    public FieldVisitor visitField(int access, String name, String descriptor, String signature, Object value) {
        return isSynthetic(access) ? null : super.visitField(access, name, descriptor, signature, value);
    }

    @Override
    public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] thrown) {
        return isSynthetic(access) ? null : super.visitMethod(access, name, descriptor, signature, thrown);
    }

    @Override
    public void visitInnerClass(String name, String outer, String inner, int access) {
        if (inner != null && outer != null) {
            super.visitInnerClass(name, outer, inner, access);
        }
    }

    @Override
    public void visitNestMember(String member) {
        // the virtual machine's business
    }

    private static boolean isSynthetic(int access) {
        return (access & Opcodes.ACC_SYNTHETIC) != 0;
    }
}
