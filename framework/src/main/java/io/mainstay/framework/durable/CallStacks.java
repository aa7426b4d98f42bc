package io.mainstay.framework.durable;

import io.mainstay.framework.durable.ThreadStacks.ThreadStack;
import io.mainstay.framework.node.LiveNodes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/** Sees by their stacks which platform threads are in a call of a unit. For one thread, and one look around. */
final class CallStacks {
    private static final String WAITING = Hold.class.getName();
    private static final String GATE = StableObject.class.getName();
    private static final String ASKING = LiveNodes.class.getName();

    private final ThreadStacks threads = new ThreadStacks();
    private final Predicate<String> classes;
    private final Bystanders bystanders;

    /**
     * @param classes says of the name of a class whether its frames are calls of the unit
     * @param bystanders is told of all who are in no call of any unit
     */
    CallStacks(Predicate<String> classes, Bystanders bystanders) {
        this.classes = classes;
        this.bystanders = bystanders;
    }

    /**
     * {@return those of these threads that are in a call}
     *
     * @param outside who need not be looked at, when it is its turn
     */
    List<ThreadStack> inCall(long[] ids, LongPredicate outside) {
        List<ThreadStack> found = new ArrayList<>();
        PrimitiveIterator.OfLong left =
                LongStream.of(ids).filter(id -> !outside.test(id)).iterator();
        while (left.hasNext()) {
            long[] portion = next(left, threads.portion());
            Map<Long, Long> clocks = Bystanders.clocks(portion);
            for (ThreadStack thread : threads.read(portion)) {
                if (isInCall(thread.frames())) {
                    found.add(thread);
                } else if (Arrays.stream(thread.frames())
                        .noneMatch(frame -> StableClass.isName(frame.getClassName()))) {
                    bystanders.note(thread.id(), clocks.get(thread.id()));
                }
            }
        }
        return found;
    }

    private static long[] next(PrimitiveIterator.OfLong left, int size) {
        LongStream.Builder portion = LongStream.builder();
        for (int i = 0; i < size && left.hasNext(); i++) {
            portion.add(left.nextLong());
        }
        return portion.build().toArray();
    }

    /** {@return whether a thread waits for nodes, and so maybe for this very change: it goes on in old code after it} */
    static boolean asks(StackTraceElement[] stack) {
        return Arrays.stream(stack).anyMatch(frame -> frame.getClassName().equals(ASKING));
    }

    /**
     * A caller that waits in the hold is not in the call that waits, but may be in another around it. Only a gate waits in
     * place of a call; a factory that waits is called from within one. A thread that waits for this very change, which it
     * has asked for from within a call, would wait for ever: it goes on in old code after it.
     */
    private boolean isInCall(StackTraceElement[] stack) {
        boolean waits = false;
        String above = "";
        for (StackTraceElement frame : stack) {
            String name = frame.getClassName();
            if (name.equals(ASKING)) {
                return false;
            }
            if (classes.test(name)) {
                if (!waits) {
                    return true;
                }
                waits = false;
            } else if (name.equals(GATE) && above.equals(WAITING)) {
                waits = true;
            }
            above = name;
        }
        return false;
    }
}
