package io.mainstay.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintedExceptionTest {
    private final PrintedException.Reader reader = new PrintedException.Reader();
    private final List<String> lines = new ArrayList<>();
    private final List<PrintedException> failures = new ArrayList<>();

    private void read(String text) {
        text.lines().forEach(line -> reader.line(line, this::take));
        reader.end(this::take);
    }

    private void take(String line, PrintedException failure) {
        if (failure == null) {
            lines.add(line);
        } else {
            failures.add(failure);
        }
    }

    private static String printed(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private static Exception deep() {
        try {
            throw new IllegalArgumentException("inner");
        } catch (IllegalArgumentException e) {
            IllegalStateException outer = new IllegalStateException("outer", e);
            outer.addSuppressed(new RuntimeException("aside", new Error("below")));
            outer.addSuppressed(new RuntimeException());
            return outer;
        }
    }

    @Test
    void whatWasPrinted_isTheSameWhenItIsPrintedAgain() {
        Exception plain = new IllegalStateException("boom");
        Exception caused = new IllegalStateException("outer", new IllegalArgumentException("inner"));

        read("before\n" + printed(plain) + "between\n\tat the door\n" + printed(caused) + "after");

        assertThat(failures).extracting(PrintedExceptionTest::printed).containsExactly(printed(plain), printed(caused));
        assertThat(lines).containsExactly("before", "between", "\tat the door", "after");
    }

    @Test
    void causesAndSuppressed_areKept() {
        Exception deep = deep();

        read(printed(deep));

        assertThat(failures).extracting(PrintedExceptionTest::printed).containsExactly(printed(deep));
    }

    @Test
    void threadsLastWords_areOfTheException() {
        read(
                "Exception in thread \"worker\" java.lang.Error: gone\n\tat a loader//a.B.c(B.java:3)\n\tat a.B.d(Native Method)");

        assertThat(failures).singleElement().satisfies(failure -> {
            assertThat(failure).hasToString("java.lang.Error: gone");
            assertThat(failure.getStackTrace()[0]).hasToString("a loader//a.B.c(B.java:3)");
            assertThat(failure.getStackTrace()[1]).hasToString("a.B.d(Native Method)");
        });
    }

    @Test
    void frameWithoutHead_isALine() {
        read("\tat a.B.c(B.java:3)\n\t... 3 more\nCaused by: nothing");

        assertThat(failures).isEmpty();
        assertThat(lines).hasSize(3);
    }
}
