/** Source that lives with the code: what a bundle carries, compiled in memory, packaged as a bundle again. */
@Export
@Version("1.0.0")
package io.mainstay.source;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
