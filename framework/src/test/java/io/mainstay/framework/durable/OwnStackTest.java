package io.mainstay.framework.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnStackTest {
    private static final int DEEP = 5_000;

    @Test
    void hasOneClassForEachFrameHoweverDeep() {
        assertEquals(
                DEEP + 1,
                Outer.descend(DEEP).stream().filter(Outer.class::equals).count());
    }

    @Test
    void hasTheInnermostFirst() {
        List<Class<?>> classes = Outer.throughInner();

        assertEquals(
                List.of(Inner.class, Outer.class, OwnStackTest.class),
                classes.stream()
                        .filter(one -> one.getName().startsWith(OwnStackTest.class.getName()))
                        .toList());
    }

    @Test
    @SuppressWarnings("unchecked")
    void seesWhoIsCalledByReflectionOrByAHandle() throws Throwable {
        List<Class<?>> reflected = (List<Class<?>>)
                Outer.class.getDeclaredMethod("descend", int.class).invoke(null, 2);
        List<Class<?>> handled = (List<Class<?>>) MethodHandles.lookup()
                .findStatic(Outer.class, "descend", MethodType.methodType(List.class, int.class))
                .invoke(2);

        assertEquals(3, reflected.stream().filter(Outer.class::equals).count());
        assertEquals(3, handled.stream().filter(Outer.class::equals).count());
    }

    private static final class Outer {
        static List<Class<?>> descend(int depth) {
            return depth > 0 ? descend(depth - 1) : OwnStack.classes();
        }

        static List<Class<?>> throughInner() {
            return Inner.ask();
        }
    }

    private static final class Inner {
        static List<Class<?>> ask() {
            return OwnStack.classes();
        }
    }
}
