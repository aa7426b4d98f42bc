package io.mainstay.framework.durable;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Calls of eight services at one call site, beside direct ones. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 20, time = 50, timeUnit = TimeUnit.MILLISECONDS)
@State(Scope.Benchmark)
public class CallsOfEight {
    private static final int SERVICES = 8;

    private int number;

    /** Nothing between the caller and the code. */
    @State(Scope.Benchmark)
    public static class Direct {
        Counter[] ofOneClass;
        Counter[] ofEight;

        /** Makes them. */
        @Setup
        public void make() {
            Generation generation = new Generation();
            ofOneClass = IntStream.range(0, SERVICES)
                    .mapToObj(i -> generation.make())
                    .toArray(Counter[]::new);
            ofEight = IntStream.range(0, SERVICES)
                    .mapToObj(i -> new Generation().make())
                    .toArray(Counter[]::new);
        }
    }

    /** Services that stay, and whose code was replaced that many times. */
    @State(Scope.Benchmark)
    public static class Stable {
        /** How often. */
        @Param({"0", "30"})
        public int resets;

        Counter[] ofOneBundle;
        Counter[] ofEight;

        /** Makes them. */
        @Setup
        public void make() throws ReflectiveOperationException {
            Provider one = new Provider(SERVICES, StableClassWriter.Callers.SEEN);
            one.age(resets);
            ofOneBundle = one.held();
            Provider[] eight = new Provider[SERVICES];
            for (int i = 0; i < SERVICES; i++) {
                eight[i] = new Provider(1, StableClassWriter.Callers.SEEN);
                eight[i].age(resets);
            }
            ofEight = Stream.of(eight).map(Provider::only).toArray(Counter[]::new);
        }
    }

    /** The measure of services of one class. */
    @Benchmark
    @OperationsPerInvocation(SERVICES)
    public int directOfOneClass(Direct it) {
        int last = number;
        for (Counter service : it.ofOneClass) {
            last = service.next(last);
        }
        return last;
    }

    /** The services of one bundle. */
    @Benchmark
    @OperationsPerInvocation(SERVICES)
    public int stableOfOneClass(Stable it) {
        int last = number;
        for (Counter service : it.ofOneBundle) {
            last = service.next(last);
        }
        return last;
    }

    /** The measure of services of eight classes. */
    @Benchmark
    @OperationsPerInvocation(SERVICES)
    public int directOfEightClasses(Direct it) {
        int last = number;
        for (Counter service : it.ofEight) {
            last = service.next(last);
        }
        return last;
    }

    /** The services of eight bundles. */
    @Benchmark
    @OperationsPerInvocation(SERVICES)
    public int stableOfEightClasses(Stable it) {
        int last = number;
        for (Counter service : it.ofEight) {
            last = service.next(last);
        }
        return last;
    }
}
