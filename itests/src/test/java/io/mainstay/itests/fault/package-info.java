/** What must hold whatever fails: processes are killed, deployers collide, databases go away. */
package io.mainstay.itests.fault;
