package io.mainstay.benchmarks;

/**
 * What was promised.
 *
 * @param benchmark of which benchmark
 * @param what the measured thing
 * @param system who has promised it
 * @param beside to whom it is compared; empty if the limit is a value of its own
 * @param factor the limit is this times what {@code beside} has
 * @param plus and this more, in the unit of the series
 * @param words the limit, in words
 */
record Goal(String benchmark, String what, String system, String beside, double factor, double plus, String words) {
    static Goal ratio(String benchmark, String what, String system, String beside, double factor) {
        return new Goal(benchmark, what, system, beside, factor, 0, "at most " + factor + " x " + beside);
    }

    static Goal limit(String benchmark, String what, String system, double limit, String unit) {
        return new Goal(benchmark, what, system, "", 0, limit, "at most " + Results.number(limit) + " " + unit);
    }
}
