package io.mainstay.verbs;

import io.mainstay.framework.workshop.Checkout;
import io.mainstay.framework.workshop.Workshop;
import io.mainstay.source.Project;
import io.mainstay.store.Draft;
import io.mainstay.store.GenerationEntry;
import java.util.List;

/**
 * A bundle's source with what somebody has in draft.
 *
 * @param base what the drafts were made from; the head where there are none
 * @param project the source of that, with the drafts
 * @param drafts the drafts
 */
record Drafted(Checkout base, Project project, List<Draft> drafts) {

    static Drafted of(Place place, Workshop workshop, Checkout head, String author) {
        List<Draft> drafts = place.store().drafts().all(place.channel()).stream()
                .filter(draft -> draft.location().equals(head.entry().location()))
                .filter(draft -> draft.author().equals(author))
                .toList();
        if (drafts.isEmpty()) {
            return new Drafted(head, head.project(), drafts);
        }
        GenerationEntry entry = head.entry();
        Checkout base = entry.content().equals(drafts.get(0).base())
                ? head
                : workshop.checkout(
                        head.generation(),
                        new GenerationEntry(
                                entry.location(),
                                entry.symbolicName(),
                                entry.version(),
                                drafts.get(0).base(),
                                entry.startLevel(),
                                entry.autostart()));
        Project project = base.project();
        for (Draft draft : drafts) {
            project = project.with(draft.path(), draft.bytes());
        }
        return new Drafted(base, project, drafts);
    }
}
