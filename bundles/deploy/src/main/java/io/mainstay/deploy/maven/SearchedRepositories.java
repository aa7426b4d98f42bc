package io.mainstay.deploy.maven;

import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.eclipse.aether.resolution.VersionRangeResult;
import org.eclipse.aether.transfer.ArtifactNotFoundException;
import org.eclipse.aether.transfer.ArtifactTransferException;
import org.eclipse.aether.transfer.ChecksumFailureException;
import org.eclipse.aether.transfer.MetadataNotFoundException;
import org.eclipse.aether.transfer.MetadataTransferException;
import org.eclipse.aether.transfer.RepositoryOfflineException;

/**
 * Where artifacts are looked for, and how to say that the search failed.
 *
 * @param remote the remote repositories in the order they are asked, mirrors in place
 * @param local the folder of the local repository
 * @param offline whether only the local one is asked
 */
record SearchedRepositories(List<RemoteRepository> remote, Path local, boolean offline) {

    /** Says why an artifact, called {@code what}, has no file. A repository that failed says more than one without it. */
    String explain(String what, ArtifactResolutionException failure) {
        List<Exception> found =
                failure.getResult() == null ? List.of() : failure.getResult().getExceptions();
        List<Exception> broken = broken(found.isEmpty() ? List.of(failure) : found);
        return cannotResolve(what) + (broken.isEmpty() ? "it was not found in " + places() : reasons(broken));
    }

    /** Says why no version was found in the range that {@code asked} has for a version. */
    String explain(Artifact asked, VersionRangeResult result) {
        List<Exception> broken = broken(result.getExceptions());
        return cannotResolve(asked.getGroupId() + ":" + asked.getArtifactId()) + "no version in range "
                + asked.getVersion() + " was found in " + places()
                + (broken.isEmpty() ? "" : ": " + reasons(broken));
    }

    /** {@return the remote repositories, for people} */
    List<String> remoteNames() {
        return remote.stream().map(SearchedRepositories::name).toList();
    }

    private String cannotResolve(String what) {
        return "Cannot resolve " + what + (offline ? " offline: " : ": ");
    }

    private String places() {
        String here = "the local repository " + local;
        if (remote.isEmpty()) {
            return here;
        }
        return offline ? here + " (not asked: " + names() + ")" : names() + " or " + here;
    }

    private String names() {
        return String.join(", ", remoteNames());
    }

    private static String name(RemoteRepository repository) {
        return Causes.line(
                repository.getId() + " (" + repository.getUrl() + ")" + (repository.isBlocked() ? " [blocked]" : ""));
    }

    /** Leaves out what says only "not there"; for LATEST and RELEASE that is about their metadata. */
    private static List<Exception> broken(Collection<Exception> found) {
        return found.stream()
                .filter(failure ->
                        Causes.find(failure, ArtifactNotFoundException.class).isEmpty())
                .filter(failure ->
                        Causes.find(failure, MetadataNotFoundException.class).isEmpty())
                .toList();
    }

    private static String reasons(Collection<Exception> broken) {
        return broken.stream()
                .map(failure -> repository(failure).map(name -> name + ": ").orElse("") + reason(failure))
                .distinct()
                .collect(Collectors.joining("; "));
    }

    private static Optional<String> repository(Exception failure) {
        Optional<RemoteRepository> artifactFrom =
                Causes.find(failure, ArtifactTransferException.class).map(ArtifactTransferException::getRepository);
        return artifactFrom
                .or(() -> Causes.find(failure, MetadataTransferException.class)
                        .map(MetadataTransferException::getRepository))
                .map(SearchedRepositories::name);
    }

    private static String reason(Exception failure) {
        Optional<ChecksumFailureException> checksum =
                Causes.find(failure, ChecksumFailureException.class).filter(mismatch -> mismatch.getExpected() != null);
        if (checksum.isPresent()) {
            return "bad checksum: expected " + checksum.get().getExpected() + " but it is "
                    + checksum.get().getActual();
        }
        if (Causes.find(failure, RepositoryOfflineException.class).isPresent()) {
            return "offline";
        }
        Throwable root = Causes.root(failure);
        return (root instanceof UnknownHostException ? "unknown host " : "") + Causes.message(root);
    }
}
