/** Classes of bundles that tests put together; the interfaces are Java's, so that both sides have the same. */
package io.mainstay.itests.journey;
