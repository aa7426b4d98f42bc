package io.mainstay.deploy;

import io.mainstay.verbs.Place.ProgressDisplay;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on the terminal's error stream; works of less than half a second show none. */
final class TerminalProgress implements ProgressDisplay {
    private static final long QUICK_NANOS = 500_000_000;

    private final String what;
    private final long begin = System.nanoTime();
    private ProgressBar bar;

    TerminalProgress(String what) {
        this.what = what;
    }

    @Override
    public void update(long done, long total) {
        if (bar == null && System.nanoTime() - begin > QUICK_NANOS) {
            ProgressBarBuilder builder = new ProgressBarBuilder()
                    .setTaskName(what)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .clearDisplayOnFinish();
            if (total > 1 << 20) {
                builder.setUnit(" MiB", 1 << 20);
            }
            bar = builder.build();
        }
        if (bar != null) {
            bar.maxHint(total);
            bar.stepTo(done);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
