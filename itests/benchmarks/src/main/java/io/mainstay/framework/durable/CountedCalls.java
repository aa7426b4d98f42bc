package io.mainstay.framework.durable;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Calls of threads that have to be counted, or to be told from those that have. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 20, time = 50, timeUnit = TimeUnit.MILLISECONDS)
@State(Scope.Benchmark)
public abstract class CountedCalls {
    /** By a platform thread. */
    public static class ByPlatform extends CountedCalls {}

    /** By a virtual thread; needs Java 21. */
    @Fork(value = 2, jvmArgsAppend = "-Djmh.executor=VIRTUAL")
    public static class ByVirtual extends CountedCalls {}

    private int number;

    /** Nothing between the caller and the code. */
    @State(Scope.Benchmark)
    public static class Direct {
        Counter service;

        /** Makes it. */
        @Setup
        public void make() {
            service = new Generation().make();
        }
    }

    /** Where platform threads are not counted, and virtual ones are; needs Java 21. */
    @State(Scope.Benchmark)
    public static class Distinguishing {
        Counter service;

        /** Makes it. */
        @Setup
        public void make() throws ReflectiveOperationException {
            Provider provider = new Provider(1, StableClassWriter.Callers.VIRTUAL_COUNTED);
            provider.age(3);
            service = provider.only();
        }
    }

    /** Where all are. */
    @State(Scope.Benchmark)
    public static class Counting {
        Counter service;

        /** Makes it. */
        @Setup
        public void make() throws ReflectiveOperationException {
            Provider provider = new Provider(1, StableClassWriter.Callers.COUNTED);
            provider.age(3);
            service = provider.only();
        }
    }

    /** The measure of all others. */
    @Benchmark
    public int direct(Direct it) {
        return it.service.next(number);
    }

    /** As on Java 21 and later. */
    @Benchmark
    public int virtualCounted(Distinguishing it) {
        return it.service.next(number);
    }

    /** As on virtual machines of others. */
    @Benchmark
    public int counted(Counting it) {
        return it.service.next(number);
    }
}
