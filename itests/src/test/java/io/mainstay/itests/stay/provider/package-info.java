/** A bundle that is updated while it is called. */
package io.mainstay.itests.stay.provider;
