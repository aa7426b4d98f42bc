package io.mainstay.benchmarks;

import java.util.List;

/**
 * What one system has taken for one kind of work, a value for each round.
 *
 * @param benchmark the benchmark's name
 * @param system who was measured
 * @param what what of it, such as wall time
 * @param unit the values' unit
 * @param values in the order of the rounds
 */
record Series(String benchmark, String system, String what, String unit, List<Double> values) {
    Series {
        values = List.copyOf(values);
    }

    double median() {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** {@return half the distance between the quartiles} */
    double spread() {
        List<Double> sorted = values.stream().sorted().toList();
        int last = sorted.size() - 1;
        return (sorted.get(last - last / 4) - sorted.get(last / 4)) / 2;
    }

    double lowest() {
        return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    double highest() {
        return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
}
