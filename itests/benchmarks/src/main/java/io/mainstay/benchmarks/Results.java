package io.mainstay.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;

/** Writes what was measured: a file for programs, a page for people, and a plot for each thing that was measured. */
final class Results {
    private static final int WIDTH = 760;
    private static final int WIDTH_EACH = 220;
    private static final int HEIGHT = 300;
    private static final Font LABELS = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

    private final Map<String, String> machine;
    private final List<Benchmark> benchmarks;
    private final List<Series> series;

    Results(Map<String, String> machine, List<Benchmark> benchmarks, List<Series> series) {
        this.machine = machine;
        this.benchmarks = benchmarks;
        this.series = series;
    }

    /** {@return a number with as many digits as anybody can want} */
    static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }

    private Optional<Series> find(String benchmark, String system, String what) {
        return series.stream()
                .filter(one -> one.benchmark().equals(benchmark)
                        && one.system().equals(system)
                        && one.what().equals(what))
                .findFirst();
    }

    /** What came of a goal: the two medians, their ratio, and whether it was reached. */
    private record Verdict(Goal goal, double measured, double limit, String unit) {
        boolean reached() {
            return measured <= limit;
        }

        String ratio(double beside) {
            return beside == 0 ? "" : number(measured / beside);
        }
    }

    private Optional<Verdict> verdict(Goal goal) {
        Optional<Series> own = find(goal.benchmark(), goal.system(), goal.what());
        Optional<Series> beside = find(goal.benchmark(), goal.beside(), goal.what());
        if (own.isEmpty() || !goal.beside().isEmpty() && beside.isEmpty()) {
            return Optional.empty();
        }
        double limit = beside.map(Series::median).orElse(0.0) * goal.factor() + goal.plus();
        return Optional.of(
                new Verdict(goal, own.get().median(), limit, own.get().unit()));
    }

    /** Prints goals and ratios. */
    String summary() {
        StringBuilder text = new StringBuilder();
        for (Benchmark benchmark : benchmarks) {
            for (Goal goal : benchmark.goals()) {
                verdict(goal)
                        .ifPresent(found -> text.append(row(benchmark, found)).append('\n'));
            }
        }
        return text.toString();
    }

    private String row(Benchmark benchmark, Verdict found) {
        Goal goal = found.goal();
        Optional<Series> beside = find(goal.benchmark(), goal.beside(), goal.what());
        boolean several = benchmark.goals().stream()
                        .filter(one -> one.what().equals(goal.what()))
                        .count()
                > 1;
        return "| " + benchmark.name() + ": " + goal.what() + (several ? " (" + goal.system() + ")" : "") + " | "
                + goal.words() + " | "
                + number(found.measured()) + " " + found.unit() + " | "
                + beside.map(one -> number(one.median()) + " " + one.unit()).orElse("") + " | "
                + beside.map(one -> found.ratio(one.median())).orElse("") + " | "
                + (found.reached() ? "yes" : "**no**") + " |";
    }

    /** {@return what was written before, with its notes as they are now} */
    static Results read(Path page, List<Benchmark> benchmarks) throws IOException {
        Written written = new Gson().fromJson(Files.readString(folder(page).resolve("results.json")), Written.class);
        return new Results(written.machine(), benchmarks, written.series());
    }

    private static Path folder(Path page) {
        String name = page.getFileName().toString().replace(".md", "");
        return page.resolveSibling(name.toLowerCase(Locale.ROOT));
    }

    /** The file for programs. */
    private record Written(Map<String, String> machine, List<Series> series) {}

    /**
     * Writes all files.
     *
     * @param page the page; the rest goes to the folder beside it that has its name in small letters
     * @param notes where there are texts of people to benchmarks, {@code NAME.md}
     */
    void write(Path page, Path notes) throws IOException {
        Path folder = Files.createDirectories(folder(page));
        Files.writeString(
                folder.resolve("results.json"),
                new GsonBuilder().setPrettyPrinting().create().toJson(new Written(machine, series)) + "\n");
        StringBuilder text = new StringBuilder("# Measured beside others\n\n");
        machine.forEach((name, value) ->
                text.append("- ").append(name).append(": ").append(value).append('\n'));
        text.append(
                        "\nMade by `mvn -q package -DskipTests -pl itests/benchmarks -am -Dbenchmarks=all` (`quick` for a short run). Systems")
                .append(
                        " take turns in each round. Medians, lowest and highest in brackets, half the distance between the quartiles in the plots; [results.json](")
                .append(folder.getFileName())
                .append("/results.json) has")
                .append(
                        " each value.\n\n## Goals\n\n| work | goal | Mainstay | beside | ratio | reached |\n|---|---|---|---|---|---|\n")
                .append(summary());
        for (Benchmark benchmark : benchmarks) {
            section(benchmark, folder, text);
            Path note = notes.resolve(benchmark.name() + ".md");
            if (Files.exists(note)) {
                text.append('\n').append(Files.readString(note));
            }
        }
        Files.writeString(page, text.toString());
    }

    private void section(Benchmark benchmark, Path folder, StringBuilder text) throws IOException {
        List<Series> own = series.stream()
                .filter(one -> one.benchmark().equals(benchmark.name()))
                .toList();
        if (own.isEmpty()) {
            return;
        }
        text.append("\n## ")
                .append(benchmark.name())
                .append("\n\n")
                .append(benchmark.title())
                .append("\n\n");
        Set<String> whats = new LinkedHashSet<>();
        own.forEach(one -> whats.add(one.what()));
        for (String what : whats) {
            List<Series> shown =
                    own.stream().filter(one -> one.what().equals(what)).toList();
            String plot = (benchmark.name() + "-" + what).replaceAll("[^A-Za-z0-9]+", "-") + ".svg";
            plot(shown, what, folder.resolve(plot));
            text.append("![")
                    .append(what)
                    .append("](")
                    .append(folder.getFileName())
                    .append("/")
                    .append(plot)
                    .append(")\n\n");
        }
        text.append("| | ").append(String.join(" | ", whats)).append(" |\n|---|");
        whats.forEach(what -> text.append("---|"));
        text.append('\n');
        Set<String> systems = new LinkedHashSet<>();
        own.forEach(one -> systems.add(one.system()));
        for (String system : systems) {
            text.append("| ").append(system).append(" |");
            for (String what : whats) {
                text.append(find(benchmark.name(), system, what)
                                .map(one -> " " + number(one.median()) + " " + one.unit() + " (" + number(one.lowest())
                                        + " to " + number(one.highest()) + ")")
                                .orElse(""))
                        .append(" |");
            }
            text.append('\n');
        }
    }

    private static void plot(List<Series> shown, String what, Path file) throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(Math.max(WIDTH, WIDTH_EACH * shown.size()))
                .height(HEIGHT)
                .title(what)
                .yAxisTitle(shown.get(0).unit())
                .theme(Styler.ChartTheme.XChart)
                .build();
        CategoryStyler style = chart.getStyler();
        style.setLegendVisible(false);
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotGridVerticalLinesVisible(false);
        style.setAvailableSpaceFill(0.5);
        style.setAxisTickLabelsFont(LABELS);
        style.setSeriesColors(new Color[] {new Color(0x2f6f9f)});
        List<String> names = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> spreads = new ArrayList<>();
        for (Series one : shown) {
            names.add(one.system());
            medians.add(one.median());
            spreads.add(one.spread());
        }
        chart.addSeries("median", names, medians, spreads);
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    }
}
