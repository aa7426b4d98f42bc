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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Holding, draining and releasing a service that threads are calling: what a change adds to stops and starts. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@State(Scope.Benchmark)
public class Switch {
    /** How many threads call. */
    @Param({"10", "50"})
    public int threads;

    /** How long each of them rests after a hundred calls; 50 that hardly rest take all of a small machine. */
    @Param({"100", "10000"})
    public int restMicros;

    private Provider provider;
    private Callers callers;

    /** Starts callers. */
    @Setup
    public void start() throws ReflectiveOperationException {
        provider = new Provider(1, StableClassWriter.Callers.SEEN);
        callers = new Callers(provider.only(), threads, 20, restMicros * 1_000L);
    }

    /** Ends them. */
    @TearDown
    public void end() throws InterruptedException {
        callers.end();
    }

    /** Gives the callers time to be in the midst of calls again. */
    @Setup(Level.Invocation)
    public void pause() {
        LockSupport.parkNanos(5_000_000);
        provider.lookAround();
    }

    /** One switch, from the moment when callers are held. */
    @Benchmark
    public void drained() {
        provider.holdNow().release();
    }

    /** One switch with the look around before it, while nobody waits. */
    @Benchmark
    public void lookedAroundAndDrained() {
        provider.hold().release();
    }
}
