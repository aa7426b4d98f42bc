/** A bundle with a component that stays as it is. */
package io.mainstay.itests.stay.consumer;
