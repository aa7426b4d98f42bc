/** What the bundles of {@code ServicesStayIT} share with it. */
package io.mainstay.itests.stay.api;
