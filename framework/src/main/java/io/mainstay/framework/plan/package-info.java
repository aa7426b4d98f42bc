/**
 * Plans: what takes a framework from one generation to another, as values. Pure functions; no framework is touched here.
 *
 * <p>Parameters and results are never null unless a method says so.
 */
@Export
@Version("1.0.0")
package io.mainstay.framework.plan;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
