/** How an engine makes itself known: {@link java.util.ServiceLoader} finds implementations of {@code StoreProvider}. */
@Export
@Version("1.0.0")
package io.mainstay.store.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
