package io.mainstay.deploy.maven;

import java.util.function.Consumer;
import org.eclipse.aether.transfer.AbstractTransferListener;
import org.eclipse.aether.transfer.TransferEvent;
import org.eclipse.aether.transfer.TransferResource;

/** Passes on what the resolver tells of transfers: progress, and bad checksums. */
final class TransferRelay extends AbstractTransferListener {
    private final TransferProgress progress;
    private final Consumer<String> warnings;

    TransferRelay(TransferProgress progress, Consumer<String> warnings) {
        this.progress = progress;
        this.warnings = warnings;
    }

    @Override
    public void transferStarted(TransferEvent event) {
        pass(event, event.getResource().getContentLength());
    }

    @Override
    public void transferProgressed(TransferEvent event) {
        pass(event, event.getResource().getContentLength());
    }

    @Override
    public void transferSucceeded(TransferEvent event) {
        pass(event, event.getTransferredBytes());
    }

    @Override
    public void transferCorrupted(TransferEvent event) {
        TransferResource resource = event.getResource();
        warnings.accept(Causes.line("Bad checksum of " + resource.getResourceName() + " from "
                + resource.getRepositoryUrl() + ": " + Causes.message(event.getException())));
    }

    private void pass(TransferEvent event, long totalOrMinusOne) {
        String path = event.getResource().getResourceName();
        progress.transferred(path.substring(path.lastIndexOf('/') + 1), event.getTransferredBytes(), totalOrMinusOne);
    }
}
