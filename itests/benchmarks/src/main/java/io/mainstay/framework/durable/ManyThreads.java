package io.mainstay.framework.durable;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Draining with 1,000 threads, each 60 frames deep; prints how long the virtual machine stood still at most. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@State(Scope.Benchmark)
public class ManyThreads {
    private Provider provider;
    private Callers callers;
    private Stops stops;

    /** Starts them. */
    @Setup
    public void start() throws ReflectiveOperationException, InterruptedException {
        provider = new Provider(1, StableClassWriter.Callers.SEEN);
        callers = new Callers(provider.only(), 1_000, 60, 50_000_000);
        Thread.sleep(2_000);
    }

    /** Begins to look at the clock. */
    @Setup(Level.Iteration)
    public void look() throws InterruptedException {
        stops = new Stops();
    }

    /** Tells. */
    @TearDown(Level.Iteration)
    public void tell() throws InterruptedException {
        stops.end();
        System.out.println(stops);
    }

    /** Ends all threads. */
    @TearDown
    public void end() throws InterruptedException {
        callers.end();
    }

    /** Lets the callers go on. */
    @Setup(Level.Invocation)
    public void pause() {
        LockSupport.parkNanos(20_000_000);
    }

    /** One switch. */
    @Benchmark
    public void drained() {
        provider.hold().release();
    }
}
