package io.mainstay.examples.counter;

import io.mainstay.framework.handover.Handover;
import io.mainstay.framework.handover.SavedState;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/**
 * Counts its visitors, in memory alone, and goes on counting in its next version: change the sentence, build, deploy,
 * reload.
 */
@Component(service = Servlet.class)
@HttpWhiteboardServletPattern("/counter")
public final class CounterServlet extends HttpServlet implements Handover {
    private static final long serialVersionUID = 1L;
    private static final String STATE = "io.mainstay.examples.counter";
    private static final int VERSION = 1;

    private final AtomicLong visitors = new AtomicLong();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain;charset=utf-8");
        response.getWriter().println("You are visitor " + visitors.incrementAndGet());
    }

    @Override
    public SavedState save() {
        return new SavedState(STATE, VERSION, Map.of("visitors", visitors.get()));
    }

    @Override
    public void restore(SavedState saved) {
        if (!saved.type().equals(STATE) || saved.version() != VERSION) {
            throw new IllegalArgumentException("The state is " + saved.type() + " in version " + saved.version()
                    + "; this counter knows version " + VERSION);
        }
        visitors.set((Long) saved.data().get("visitors"));
    }
}
