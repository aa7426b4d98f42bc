/**
 * The store: content by digest, numbered generations, and channels that point at them.
 *
 * <p>Parameters and results are never null unless a method says so; absence is an {@link java.util.Optional} or an
 * empty collection. Values are immutable and safe to share between threads.
 */
@Export
@Version("1.0.0")
package io.mainstay.store;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
