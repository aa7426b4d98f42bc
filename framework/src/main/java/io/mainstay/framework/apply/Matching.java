package io.mainstay.framework.apply;

import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;

/** What Felix leaves out where it says whether a capability meets a requirement: the namespace. */
final class Matching {
    private Matching() {}

    /** {@return whether it does (OSGi Core 8, 6.2)} */
    static boolean meets(BundleCapability capability, BundleRequirement requirement) {
        return capability.getNamespace().equals(requirement.getNamespace()) && requirement.matches(capability);
    }
}
