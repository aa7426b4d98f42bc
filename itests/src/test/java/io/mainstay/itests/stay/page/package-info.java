/** A bundle with a servlet that is updated while it serves. */
package io.mainstay.itests.stay.page;
