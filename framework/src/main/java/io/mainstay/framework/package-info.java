/**
 * The framework: {@link io.mainstay.framework.Mainstay} for programs that embed it, {@code MainstayFrameworkFactory} for
 * OSGi launchers.
 *
 * <p>Parameters and results are never null unless a method says so.
 */
@Export
@Version("1.0.0")
package io.mainstay.framework;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
