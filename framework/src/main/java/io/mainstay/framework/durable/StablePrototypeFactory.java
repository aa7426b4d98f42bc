package io.mainstay.framework.durable;

import org.osgi.framework.PrototypeServiceFactory;

/** Stands for a factory of prototypes (OSGi Core 8, 5.3): the same, and Felix knows the scope by the type. */
public class StablePrototypeFactory extends StableFactory implements PrototypeServiceFactory<Object> {

    /** Called by the generated subclass. */
    protected StablePrototypeFactory(Object type, Object owner, String label) {
        super(type, owner, label);
    }

    @Override
    boolean isShared() {
        return false;
    }
}
