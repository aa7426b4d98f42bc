package io.mainstay.framework.durable;

import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_PUBLIC;
import static org.objectweb.asm.Opcodes.ACC_SUPER;
import static org.objectweb.asm.Opcodes.ACC_SYNTHETIC;
import static org.objectweb.asm.Opcodes.ALOAD;
import static org.objectweb.asm.Opcodes.ARETURN;
import static org.objectweb.asm.Opcodes.ASTORE;
import static org.objectweb.asm.Opcodes.ATHROW;
import static org.objectweb.asm.Opcodes.CHECKCAST;
import static org.objectweb.asm.Opcodes.DUP;
import static org.objectweb.asm.Opcodes.GETFIELD;
import static org.objectweb.asm.Opcodes.H_INVOKESTATIC;
import static org.objectweb.asm.Opcodes.ICONST_0;
import static org.objectweb.asm.Opcodes.ICONST_1;
import static org.objectweb.asm.Opcodes.IFEQ;
import static org.objectweb.asm.Opcodes.IFNE;
import static org.objectweb.asm.Opcodes.IFNONNULL;
import static org.objectweb.asm.Opcodes.ILOAD;
import static org.objectweb.asm.Opcodes.INVOKEINTERFACE;
import static org.objectweb.asm.Opcodes.INVOKESPECIAL;
import static org.objectweb.asm.Opcodes.INVOKESTATIC;
import static org.objectweb.asm.Opcodes.INVOKEVIRTUAL;
import static org.objectweb.asm.Opcodes.IRETURN;
import static org.objectweb.asm.Opcodes.ISTORE;
import static org.objectweb.asm.Opcodes.POP;
import static org.objectweb.asm.Opcodes.PUTFIELD;
import static org.objectweb.asm.Opcodes.RETURN;
import static org.objectweb.asm.Opcodes.V17;

import java.lang.invoke.CallSite;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/**
 * Writes the classes of stable services. A method of one is, in Java:
 *
 * <pre>{@code
 * public R method(A a) {
 *     if (Thread.currentThread().isVirtual()) {        // where there are such threads
 *         Object target = gate.enter(false);          // true where users call this because it was registered
 *         try {
 *             return ((I) target).method(a);
 *         } finally {
 *             gate.exit();
 *         }
 *     }
 *     Object target = <a call site>;                   // reads this.target
 *     if (target == null) {
 *         target = gate.await(false);
 *     }
 *     return ((I) target).method(a);                   // a call site too: it knows the class of the target
 * }
 * }</pre>
 *
 * <p>What it prints is asked of the gate, and so is the life cycle of servlets and filters, where there is no target.
 *
 * <p>The target is loaded in the very frame that a drain looks for.
 */
final class StableClassWriter {
    private static final String GATE = Type.getInternalName(Gate.class);
    private static final String GATE_TYPE = Type.getDescriptor(Gate.class);
    private static final String CALLS = Type.getInternalName(StableCalls.class);
    private static final String OBJECT = "java/lang/Object";
    private static final String OBJECT_TYPE = "Ljava/lang/Object;";
    /** Method handles take fewer arguments than methods. */
    private static final int MOST_LINKED = 250;

    private static final Handle TARGET = bootstrap("target");
    private static final Handle CALL = bootstrap("call", Class.class);

    private final String name;
    private final List<Class<?>> interfaces;
    private final Callers callers;
    private final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS | ClassWriter.COMPUTE_FRAMES) {
        @Override
        protected String getCommonSuperClass(String one, String other) {
            return OBJECT;
        }
    };

    /** Which callers have to be counted, because no dump shows them. */
    enum Callers {
        /** None: all threads are platform threads of HotSpot. */
        SEEN,
        /** Virtual threads are. */
        VIRTUAL_COUNTED,
        /** All: nothing is known of this virtual machine's dumps. */
        COUNTED
    }

    StableClassWriter(String name, List<Class<?>> interfaces, Callers callers) {
        this.name = name.replace('.', '/');
        this.interfaces = interfaces;
        this.callers = callers;
    }

    /** Writes a subclass with the constructor of its base, to be where that is not. */
    static byte[] subclass(String name, Class<?> base) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        String constructor = "(" + OBJECT_TYPE + OBJECT_TYPE + "Ljava/lang/String;)V";
        writer.visit(
                V17,
                ACC_PUBLIC | ACC_FINAL | ACC_SUPER | ACC_SYNTHETIC,
                name.replace('.', '/'),
                null,
                Type.getInternalName(base),
                null);
        MethodVisitor code = writer.visitMethod(ACC_PUBLIC, "<init>", constructor, null, null);
        code.visitCode();
        code.visitVarInsn(ALOAD, 0);
        code.visitVarInsn(ALOAD, 1);
        code.visitVarInsn(ALOAD, 2);
        code.visitVarInsn(ALOAD, 3);
        code.visitMethodInsn(INVOKESPECIAL, Type.getInternalName(base), "<init>", constructor, false);
        code.visitInsn(RETURN);
        code.visitMaxs(0, 0);
        code.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }

    byte[] write() {
        writer.visit(
                V17,
                ACC_PUBLIC | ACC_FINAL | ACC_SUPER | ACC_SYNTHETIC,
                name,
                null,
                OBJECT,
                interfaces.stream().map(Type::getInternalName).toArray(String[]::new));
        writer.visitField(ACC_PUBLIC | ACC_SYNTHETIC, "target", OBJECT_TYPE, null, null);
        writer.visitField(ACC_PUBLIC | ACC_FINAL | ACC_SYNTHETIC, "gate", GATE_TYPE, null, null);
        constructor();
        methods().values().forEach(this::method);
        writer.visitEnd();
        return writer.toByteArray();
    }

    /** A method, and the interface that a service offers it by: it may be inherited from one that others cannot name. */
    private record Offer(Class<?> by, Method method) {}

    /** By name and descriptor. Equality is the stable object's own; what it prints is the target's. */
    private SortedMap<String, Offer> methods() {
        SortedMap<String, Offer> methods = new TreeMap<>();
        for (Class<?> type : interfaces) {
            for (Method method : type.getMethods()) {
                if (!Modifier.isStatic(method.getModifiers())) {
                    methods.putIfAbsent(method.getName() + Type.getMethodDescriptor(method), new Offer(type, method));
                }
            }
        }
        for (Method method : Object.class.getMethods()) {
            methods.remove(method.getName() + Type.getMethodDescriptor(method));
        }
        try {
            methods.put("toString()Ljava/lang/String;", new Offer(Object.class, Object.class.getMethod("toString")));
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
        return methods;
    }

    private void constructor() {
        MethodVisitor code = writer.visitMethod(ACC_PUBLIC, "<init>", "(" + GATE_TYPE + ")V", null, null);
        code.visitCode();
        code.visitVarInsn(ALOAD, 0);
        code.visitMethodInsn(INVOKESPECIAL, OBJECT, "<init>", "()V", false);
        code.visitVarInsn(ALOAD, 0);
        code.visitVarInsn(ALOAD, 1);
        code.visitFieldInsn(PUTFIELD, name, "gate", GATE_TYPE);
        code.visitInsn(RETURN);
        code.visitMaxs(0, 0);
        code.visitEnd();
    }

    private void method(Offer offer) {
        Method method = offer.method();
        MethodVisitor code = writer.visitMethod(
                ACC_PUBLIC,
                method.getName(),
                Type.getMethodDescriptor(method),
                null,
                Arrays.stream(method.getExceptionTypes())
                        .map(Type::getInternalName)
                        .toArray(String[]::new));
        code.visitCode();
        if (method.getDeclaringClass() == Object.class) {
            describe(code);
            return;
        }
        deferLifecycle(code, method);
        Label begin = new Label();
        Label end = new Label();
        code.visitLabel(begin);
        if (callers == Callers.COUNTED) {
            counted(code, offer);
        } else {
            Label counted = new Label();
            if (callers == Callers.VIRTUAL_COUNTED) {
                code.visitMethodInsn(INVOKESTATIC, "java/lang/Thread", "currentThread", "()Ljava/lang/Thread;", false);
                code.visitMethodInsn(INVOKEVIRTUAL, "java/lang/Thread", "isVirtual", "()Z", false);
                code.visitJumpInsn(IFNE, counted);
            }
            seen(code, offer);
            if (callers == Callers.VIRTUAL_COUNTED) {
                code.visitLabel(counted);
                counted(code, offer);
            }
        }
        code.visitLabel(end);
        if (Lifecycle.isInit(method)) {
            tellFailure(code, begin, end);
        }
        code.visitMaxs(0, 0);
        code.visitEnd();
    }

    private void seen(MethodVisitor code, Offer offer) {
        Method method = offer.method();
        Label there = new Label();
        code.visitVarInsn(ALOAD, 0);
        code.visitInvokeDynamicInsn("target", "(" + OBJECT_TYPE + ")" + OBJECT_TYPE, TARGET);
        code.visitInsn(DUP);
        code.visitJumpInsn(IFNONNULL, there);
        code.visitInsn(POP);
        code.visitVarInsn(ALOAD, 0);
        code.visitFieldInsn(GETFIELD, name, "gate", GATE_TYPE);
        code.visitInsn(isTold(method) ? ICONST_1 : ICONST_0);
        code.visitMethodInsn(INVOKEVIRTUAL, GATE, "await", "(Z)" + OBJECT_TYPE, false);
        returnIfNothing(code, method);
        code.visitLabel(there);
        call(code, offer);
        tellLifecycle(code, method);
        code.visitInsn(returning(method));
    }

    private static boolean isTold(Method method) {
        return method.getReturnType() == void.class
                && ServiceTypes.isToldAtRegistration(method.getDeclaringClass().getName());
    }

    private static void returnIfNothing(MethodVisitor code, Method method) {
        if (isTold(method)) {
            Label there = new Label();
            code.visitInsn(DUP);
            code.visitJumpInsn(IFNONNULL, there);
            code.visitInsn(POP);
            code.visitInsn(RETURN);
            code.visitLabel(there);
        }
    }

    /** What is printed in a log must not wait, nor fail. */
    private void describe(MethodVisitor code) {
        code.visitVarInsn(ALOAD, 0);
        code.visitFieldInsn(GETFIELD, name, "gate", GATE_TYPE);
        code.visitMethodInsn(INVOKEVIRTUAL, GATE, "describe", "()Ljava/lang/String;", false);
        code.visitInsn(ARETURN);
        code.visitMaxs(0, 0);
        code.visitEnd();
    }

    private void deferLifecycle(MethodVisitor code, Method method) {
        boolean init = Lifecycle.isInit(method);
        if (init || Lifecycle.isDestroy(method)) {
            Label now = new Label();
            code.visitVarInsn(ALOAD, 0);
            code.visitFieldInsn(GETFIELD, name, "gate", GATE_TYPE);
            if (init) {
                code.visitVarInsn(ALOAD, 1);
            }
            code.visitMethodInsn(
                    INVOKEVIRTUAL,
                    GATE,
                    init ? "defersBegin" : "defersEnd",
                    init ? "(" + OBJECT_TYPE + ")Z" : "()Z",
                    false);
            code.visitJumpInsn(IFEQ, now);
            code.visitInsn(RETURN);
            code.visitLabel(now);
        }
    }

    private void tellLifecycle(MethodVisitor code, Method method) {
        if (Lifecycle.isInit(method) || Lifecycle.isDestroy(method)) {
            code.visitVarInsn(ALOAD, 0);
            code.visitFieldInsn(GETFIELD, name, "gate", GATE_TYPE);
            if (Lifecycle.isInit(method)) {
                code.visitVarInsn(ALOAD, 1);
                code.visitMethodInsn(INVOKEVIRTUAL, GATE, "begun", "(" + OBJECT_TYPE + ")V", false);
            } else {
                code.visitMethodInsn(INVOKEVIRTUAL, GATE, "ended", "()V", false);
            }
        }
    }

    /** Behind all else, so that what else is to be done when a call fails is done before. */
    private void tellFailure(MethodVisitor code, Label begin, Label end) {
        code.visitTryCatchBlock(begin, end, end, null);
        code.visitVarInsn(ASTORE, 1);
        code.visitVarInsn(ALOAD, 0);
        code.visitFieldInsn(GETFIELD, name, "gate", GATE_TYPE);
        code.visitMethodInsn(INVOKEVIRTUAL, GATE, "failedToBegin", "()V", false);
        code.visitVarInsn(ALOAD, 1);
        code.visitInsn(ATHROW);
    }

    private void counted(MethodVisitor code, Offer offer) {
        Method method = offer.method();
        int free = 1 + slots(method);
        Label begin = new Label();
        Label end = new Label();
        Label failed = new Label();
        code.visitTryCatchBlock(begin, end, failed, null);
        code.visitVarInsn(ALOAD, 0);
        code.visitFieldInsn(GETFIELD, name, "gate", GATE_TYPE);
        code.visitInsn(isTold(method) ? ICONST_1 : ICONST_0);
        code.visitMethodInsn(INVOKEVIRTUAL, GATE, "enter", "(Z)" + OBJECT_TYPE, false);
        returnIfNothing(code, method);
        code.visitVarInsn(ASTORE, free);
        code.visitLabel(begin);
        code.visitVarInsn(ALOAD, free);
        call(code, offer);
        if (method.getReturnType() != void.class) {
            code.visitVarInsn(Type.getType(method.getReturnType()).getOpcode(ISTORE), free + 1);
        }
        code.visitLabel(end);
        tellLifecycle(code, method);
        exit(code);
        if (method.getReturnType() != void.class) {
            code.visitVarInsn(Type.getType(method.getReturnType()).getOpcode(ILOAD), free + 1);
        }
        code.visitInsn(returning(method));
        code.visitLabel(failed);
        code.visitVarInsn(ASTORE, free + 1);
        exit(code);
        code.visitVarInsn(ALOAD, free + 1);
        code.visitInsn(ATHROW);
    }

    private void exit(MethodVisitor code) {
        code.visitVarInsn(ALOAD, 0);
        code.visitFieldInsn(GETFIELD, name, "gate", GATE_TYPE);
        code.visitMethodInsn(INVOKEVIRTUAL, GATE, "exit", "()V", false);
    }

    /** Calls the method of the target on the stack. */
    private void call(MethodVisitor code, Offer offer) {
        Method method = offer.method();
        Type owner = Type.getType(offer.by());
        boolean linked = allPublic(offer) && slots(method) < MOST_LINKED;
        if (!linked) {
            code.visitTypeInsn(CHECKCAST, owner.getInternalName());
        }
        int at = 1;
        StringBuilder descriptor = new StringBuilder("(").append(OBJECT_TYPE);
        for (Class<?> parameter : method.getParameterTypes()) {
            Type type = Type.getType(parameter);
            code.visitVarInsn(type.getOpcode(ILOAD), at);
            at += type.getSize();
            descriptor.append(type.getDescriptor());
        }
        descriptor.append(')').append(Type.getDescriptor(method.getReturnType()));
        if (linked) {
            code.visitInvokeDynamicInsn(method.getName(), descriptor.toString(), CALL, owner);
        } else {
            // a call site resolves all types of its descriptor, which this class may be no neighbour of
            code.visitMethodInsn(
                    INVOKEINTERFACE, owner.getInternalName(), method.getName(), Type.getMethodDescriptor(method), true);
        }
    }

    private static int slots(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .mapToInt(type -> Type.getType(type).getSize())
                .sum();
    }

    private static boolean allPublic(Offer offer) {
        return Stream.concat(
                        Stream.of(offer.method().getReturnType(), offer.by()),
                        Arrays.stream(offer.method().getParameterTypes()))
                .allMatch(StableClassWriter::isPublic);
    }

    private static boolean isPublic(Class<?> type) {
        return type.isArray() ? isPublic(type.getComponentType()) : Modifier.isPublic(type.getModifiers());
    }

    private static Handle bootstrap(String method, Class<?>... more) {
        MethodType type = MethodType.methodType(
                        CallSite.class, MethodHandles.Lookup.class, String.class, MethodType.class)
                .appendParameterTypes(more);
        return new Handle(H_INVOKESTATIC, CALLS, method, type.toMethodDescriptorString(), false);
    }

    private static int returning(Method method) {
        Type type = Type.getType(method.getReturnType());
        return type.getSort() == Type.OBJECT || type.getSort() == Type.ARRAY ? ARETURN : type.getOpcode(IRETURN);
    }
}
