package io.mainstay.source;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.AbstractDelta;
import com.github.difflib.patch.Patch;
import java.util.Arrays;
import java.util.List;

/** Compares texts line by line. */
public final class TextDiff {
    private static final int CONTEXT = 2;

    private TextDiff() {}

    /** {@return the unified diff, a line each; empty if there is no difference} */
    public static List<String> unified(String fromName, String from, String toName, String to) {
        List<String> lines = from.lines().toList();
        return UnifiedDiffUtils.generateUnifiedDiff(
                fromName, toName, lines, DiffUtils.diff(lines, to.lines().toList()), CONTEXT);
    }

    /** {@return for each line of {@code to}, the line of {@code from} that it was, from 0; -1 for a new one} */
    public static int[] origins(String from, String to) {
        List<String> before = from.lines().toList();
        List<String> after = to.lines().toList();
        Patch<String> patch = DiffUtils.diff(before, after);
        int[] origins = new int[after.size()];
        Arrays.fill(origins, -1);
        int next = 0;
        int shift = 0;
        for (AbstractDelta<String> delta : patch.getDeltas()) {
            int start = delta.getTarget().getPosition();
            for (; next < start; next++) {
                origins[next] = next - shift;
            }
            next = start + delta.getTarget().size();
            shift += delta.getTarget().size() - delta.getSource().size();
        }
        for (; next < origins.length; next++) {
            origins[next] = next - shift;
        }
        return origins;
    }
}
