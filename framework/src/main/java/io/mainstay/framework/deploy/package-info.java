/**
 * Changes, from what somebody wants to a generation that runs: plan, deploy, roll back.
 *
 * <p>Parameters and results are never null unless a method says so.
 */
@Export
@Version("1.0.0")
package io.mainstay.framework.deploy;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
