/** What goes in is checked: nothing reaches the store that is not a sound bundle which Mainstay can run. */
@Export
@Version("1.0.0")
package io.mainstay.intake;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
