/** Reads the central directory of a zip, where a jar says what it holds, from bytes that are not in a file. */
package io.mainstay.zip;
