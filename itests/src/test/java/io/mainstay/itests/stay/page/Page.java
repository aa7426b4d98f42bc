package io.mainstay.itests.stay.page;

import io.mainstay.itests.stay.api.Trace;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Hashtable;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A servlet that serves between its start and stop, and its init and destroy, and notes what comes at other times. */
public final class Page implements BundleActivator {
    private volatile boolean live;

    @Override
    public void start(BundleContext context) {
        Trace.started(Page.class);
        live = true;
        context.registerService(
                Servlet.class,
                new Serving(),
                new Hashtable<>(Map.of("osgi.http.whiteboard.servlet.pattern", new String[] {"/stay"})));
    }

    @Override
    public void stop(BundleContext context) {
        live = false;
    }

    private final class Serving extends HttpServlet {
        private static final long serialVersionUID = 1L;

        private transient volatile boolean ready;

        @Override
        public void init() {
            ready = true;
        }

        @Override
        public void destroy() {
            ready = false;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            check();
            response.getWriter().print("served");
            check();
        }

        private void check() {
            if (!ready || !live) {
                Trace.LATE.incrementAndGet();
            }
        }
    }
}
