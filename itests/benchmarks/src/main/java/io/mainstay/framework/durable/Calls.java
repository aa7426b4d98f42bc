package io.mainstay.framework.durable;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** A call of one service at its call site, beside a direct one. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 20, time = 50, timeUnit = TimeUnit.MILLISECONDS)
public abstract class Calls {
    /** By one thread. */
    @Threads(1)
    public static class OfOne extends Calls {}

    /** By two threads. */
    @Threads(2)
    public static class OfOneByTwo extends Calls {}

    /** What a thread calls with. */
    @State(Scope.Thread)
    public static class Caller {
        int number;
    }

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

    /** A service that stays, and whose code was replaced that many times. */
    @State(Scope.Benchmark)
    public static class Stable {
        /** How often. */
        @Param({"0", "30"})
        public int resets;

        Counter service;

        /** Makes it. */
        @Setup
        public void make() throws ReflectiveOperationException {
            Provider provider = new Provider(1, StableClassWriter.Callers.SEEN);
            service = provider.only();
            provider.age(resets);
        }
    }

    /** Apache Aries' proxy. */
    @State(Scope.Benchmark)
    public static class Damping {
        Counter service;

        /** Makes it. */
        @Setup
        public void make() throws Exception {
            service = Others.damping(new Generation().make());
        }
    }

    /** Java's own proxy, and a lock. */
    @State(Scope.Benchmark)
    public static class Reflective {
        Counter service;

        /** Makes it. */
        @Setup
        public void make() {
            service = Others.reflective(new Generation().make());
        }
    }

    /** The measure of all others. */
    @Benchmark
    public int direct(Direct it, Caller caller) {
        return it.service.next(caller.number);
    }

    /** Ours. */
    @Benchmark
    public int stable(Stable it, Caller caller) {
        return it.service.next(caller.number);
    }

    /** Aries'. */
    @Benchmark
    public int damping(Damping it, Caller caller) {
        return it.service.next(caller.number);
    }

    /** Java's. */
    @Benchmark
    public int reflective(Reflective it, Caller caller) {
        return it.service.next(caller.number);
    }
}
