/** Backtraces that tell which code it was: bundle, generation, author, and the line itself. */
@Export
@Version("1.0.0")
package io.mainstay.framework.trace;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
