/** Where source in the store becomes running code. */
@Export
@Version("1.0.0")
package io.mainstay.framework.workshop;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
