package io.mainstay.examples.hello;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** The page that a newcomer sees first. Change the greeting, build, deploy, reload: no restart. */
@Component(service = Servlet.class)
@HttpWhiteboardServletPattern("/hello")
public final class HelloServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String GREETING = "Hello from a database";

    private final transient BundleContext context;

    /** Called by Declarative Services. */
    @Activate
    public HelloServlet(BundleContext context) {
        this.context = context;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/html;charset=utf-8");
        response.getWriter().write("""
                        <!doctype html>
                        <html lang="en">
                        <head>
                        <title>Mainstay</title>
                        <style>
                        body { font: 18px/1.6 system-ui, sans-serif; max-width: 40em; margin: 12vh auto; padding: 0 1em;
                               color: #1c2733; background: #f6f8fa }
                        h1 { font-size: 2.4em; margin-bottom: 0 }
                        code { background: #e4e9ee; padding: .1em .3em; border-radius: 4px }
                        </style>
                        </head>
                        <body>
                        <h1>%s</h1>
                        <p>This page is served by the bundle <code>%s</code>, version <code>%s</code>.
                        Its code is a row in a database, at location <code>%s</code>; there is no copy of it on any disk.</p>
                        </body>
                        </html>
                        """.formatted(
                        GREETING,
                        context.getBundle().getSymbolicName(),
                        context.getBundle().getVersion(),
                        context.getBundle().getLocation()));
    }
}
