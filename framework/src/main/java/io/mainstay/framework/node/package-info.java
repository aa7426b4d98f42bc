/**
 * A running node: it boots the head of its channel, follows it, and tells the store how it does.
 *
 * <p>Parameters and results are never null unless a method says so.
 */
@Export
@Version("1.0.0")
package io.mainstay.framework.node;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
