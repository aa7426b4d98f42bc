package io.mainstay.framework.trace;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * What a class file tells of a frame: how well the frame fits it. A frame stands where something was thrown or called: Java
 * Virtual Machine Specification, 4.7.12.
 */
final class ClassLines extends ClassVisitor {
    /** The method has no code of that line. */
    static final int NONE = 0;
    /** There is code of that line, but nothing in it that could throw or call. */
    static final int LINE = 1;
    /** There is something that could throw or call. */
    static final int POSSIBLE = 2;
    /** There is a call of the method that the frame above is in, or the exception is made. */
    static final int CALL = 3;

    private final Frame frame;
    private final Above above;
    private String type = "";
    private String file;
    private int fit = NONE;

    private ClassLines(Frame frame, Above above) {
        super(Opcodes.ASM9);
        this.frame = frame;
        this.above = above;
    }

    /**
     * {@return what a class file tells of a frame}
     *
     * @param above what is above it
     */
    static ClassLines of(byte[] classFile, Frame frame, Above above) {
        ClassLines lines = new ClassLines(frame, above);
        new ClassReader(classFile).accept(lines, ClassReader.SKIP_FRAMES);
        return lines;
    }

    /** {@return how well the frame fits} */
    int fit() {
        return fit;
    }

    /** {@return the path of the source file, below the folder of sources} */
    Optional<String> sourcePath() {
        return Optional.ofNullable(file).map(name -> type.substring(0, type.lastIndexOf('/') + 1) + name);
    }

    @Override
    public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
        type = name;
    }

    @Override
    public void visitSource(String source, String debug) {
        file = source;
    }

    @Override
    public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] thrown) {
        if (!name.equals(frame.method())) {
            return null;
        }
        if (frame.line() == 0) {
            fit = POSSIBLE;
            return null;
        }
        return new Method();
    }

    private final class Method extends MethodVisitor {
        private static final Set<Integer> HARMLESS = harmless();

        private boolean here;

        Method() {
            super(Opcodes.ASM9);
        }

        /** Constants, local variables, arithmetic but division, jumps, returns: nothing of these throws. */
        private static Set<Integer> harmless() {
            Set<Integer> codes = new HashSet<>();
            add(codes, Opcodes.NOP, Opcodes.SIPUSH);
            add(codes, Opcodes.ILOAD, Opcodes.ALOAD);
            add(codes, Opcodes.ISTORE, Opcodes.ASTORE);
            add(codes, Opcodes.POP, Opcodes.DMUL);
            add(codes, Opcodes.INEG, Opcodes.RETURN);
            return codes;
        }

        private static void add(Set<Integer> codes, int from, int to) {
            for (int code = from; code <= to; code++) {
                codes.add(code);
            }
        }

        private void found(int how) {
            if (here) {
                fit = Math.max(fit, how);
            }
        }

        @Override
        public void visitLineNumber(int line, Label start) {
            here = line == frame.line();
            found(LINE);
        }

        @Override
        public void visitInsn(int code) {
            found(HARMLESS.contains(code) ? LINE : POSSIBLE);
        }

        @Override
        public void visitMethodInsn(int code, String owner, String name, String descriptor, boolean ofInterface) {
            found(above.called().filter(name::equals).isPresent() ? CALL : POSSIBLE);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            found(POSSIBLE);
        }

        @Override
        public void visitFieldInsn(int code, String owner, String name, String descriptor) {
            found(POSSIBLE);
        }

        @Override
        public void visitTypeInsn(int code, String name) {
            found(code == Opcodes.NEW && above.thrown().filter(name::equals).isPresent() ? CALL : POSSIBLE);
        }

        @Override
        public void visitLdcInsn(Object value) {
            found(LINE);
        }
    }
}
