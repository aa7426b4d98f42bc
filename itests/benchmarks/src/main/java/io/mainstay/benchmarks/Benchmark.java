package io.mainstay.benchmarks;

import java.util.List;

/** Work that is measured on several systems, which take turns in each round. */
interface Benchmark {

    /** {@return the name by which it is called} */
    String name();

    /** {@return what is measured, in a sentence} */
    String title();

    /** {@return what was promised} */
    List<Goal> goals();

    /** Measures, and notes the results. */
    void run(Bench bench) throws Exception;
}
