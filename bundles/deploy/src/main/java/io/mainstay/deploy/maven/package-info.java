/**
 * Takes files from Maven repositories as the user's own Maven would: its settings, mirrors, proxies, credentials and
 * local repository.
 *
 * <p>{@link io.mainstay.deploy.maven.MavenArtifacts} is the door. Parameters and results are never null unless a method
 * says so; absence is an {@link java.util.Optional}, an empty collection or, in a coordinate, an empty string.
 */
package io.mainstay.deploy.maven;
