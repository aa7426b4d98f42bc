/**
 * What an administrator can do, one class a verb. The same verbs run in the command line tool and in the shell: where
 * they run is their {@link io.mainstay.verbs.Place}.
 */
package io.mainstay.verbs;
