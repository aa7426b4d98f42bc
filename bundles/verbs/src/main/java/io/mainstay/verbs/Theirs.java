package io.mainstay.verbs;

import io.mainstay.framework.workshop.Checkout;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.source.TextDiff;
import io.mainstay.store.ContentMissingException;
import io.mainstay.store.Draft;
import io.mainstay.store.GenerationEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reminds who goes on with a draft of what others have done to the file since: in the file itself, at its top. */
final class Theirs {
    private static final String MARK = "//theirs| ";

    private Theirs() {}

    /** {@return the draft; above it, what is different in the head from what the draft was made from} */
    static byte[] remind(Workshop workshop, Checkout head, Draft draft) {
        String now = head.project().text(draft.path()).orElse("");
        List<String> diff;
        try {
            diff = TextDiff.unified("your draft is made from", base(workshop, head, draft), "is live", now);
        } catch (ContentMissingException e) {
            // what it was made from is gone: all that is different, then
            diff = TextDiff.unified("your draft", new String(draft.bytes(), StandardCharsets.UTF_8), "is live", now);
        }
        if (diff.isEmpty()) {
            return draft.bytes();
        }
        String reminder =
                MARK + "Others have changed this file since. Take over what you want; these lines go by themselves.\n"
                        + diff.stream().map(line -> MARK + line + "\n").collect(Collectors.joining());
        return (reminder + new String(draft.bytes(), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }

    private static String base(Workshop workshop, Checkout head, Draft draft) {
        GenerationEntry entry = head.entry();
        return entry.content().equals(draft.base())
                ? head.project().text(draft.path()).orElse("")
                : workshop.checkout(
                                head.generation(),
                                new GenerationEntry(
                                        entry.location(),
                                        entry.symbolicName(),
                                        entry.version(),
                                        draft.base(),
                                        entry.startLevel(),
                                        entry.autostart()))
                        .project()
                        .text(draft.path())
                        .orElse("");
    }

    static byte[] withoutReminder(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.contains(MARK)
                ? text.replaceAll("(?m)^" + Pattern.quote(MARK) + ".*\\R?", "").getBytes(StandardCharsets.ISO_8859_1)
                : bytes;
    }
}
