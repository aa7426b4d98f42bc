/**
 * Configurations as values, and the OSGi Configurator's JSON of them (Compendium 8.1, 150).
 *
 * <p>Parameters and results are never null unless a method says so. Values are immutable and safe to share between
 * threads.
 */
@Export
@Version("1.0.0")
package io.mainstay.configuration;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
