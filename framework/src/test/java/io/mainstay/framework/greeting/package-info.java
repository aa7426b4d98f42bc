/** Shared by the tutorial and its bundles. */
package io.mainstay.framework.greeting;
