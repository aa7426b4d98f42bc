/**
 * State that a service keeps in memory, and hands over when its code is replaced.
 *
 * <p>Nothing is ever null but values within saved data.
 */
@Export
@Version("1.0.0")
package io.mainstay.framework.handover;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
