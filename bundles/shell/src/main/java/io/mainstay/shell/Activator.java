package io.mainstay.shell;

import io.mainstay.framework.node.RunningNode;
import java.util.Dictionary;
import java.util.Hashtable;
import org.apache.felix.service.command.CommandSessionListener;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** Registers the verbs as Gogo commands in scope {@code mainstay}. */
public final class Activator implements BundleActivator {

    /** Called by the framework. */
    public Activator() {}

    @Override
    public void start(BundleContext context) {
        ServiceReference<RunningNode> reference = context.getServiceReference(RunningNode.class);
        if (reference == null) {
            throw new IllegalStateException("The commands of scope mainstay need a framework that runs from a store:"
                    + " start it with MainstayFrameworkFactory");
        }
        Commands commands = new Commands(context, context.getService(reference));
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put("osgi.command.scope", Commands.SCOPE);
        properties.put("osgi.command.function", Commands.functions());
        context.registerService(Commands.class, commands, properties);
        context.registerService(CommandSessionListener.class, new Completions(commands), new Hashtable<>());
    }

    @Override
    public void stop(BundleContext context) {
        // the framework takes the services away
    }
}
