/** The same bundles on stock Felix, from jar streams, and on ours, from a store: what can be seen has to be equal. */
package io.mainstay.framework.comparison;
