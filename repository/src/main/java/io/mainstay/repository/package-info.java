/**
 * The bundles of the store as an OSGi Repository (OSGi Compendium 8.1, chapter 132), as a service and as XML.
 */
@Export
@Version("1.0.0")
package io.mainstay.repository;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
