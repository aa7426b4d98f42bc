package io.mainstay.verbs;

import io.mainstay.framework.deploy.Change;
import io.mainstay.framework.deploy.DeployResult;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.framework.deploy.Preview;
import io.mainstay.store.StoreMissingException;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Commits one generation with all that is named. */
@Command(
        name = "deploy",
        description = "Commit one new generation with all that is named, wait until nodes have applied it, and say what"
                + " happened.")
final class DeployVerb extends Verb {
    @Mixin
    private ChangeOptions change;

    @Mixin
    private JsonOption json;

    @Mixin
    private CommitOptions commit;

    @Option(names = "--dry-run", description = "Say what would happen, and change nothing; the same as `plan`.")
    private boolean dryRun;

    DeployVerb(Place place) {
        super(place);
    }

    @Override
    public Integer call() throws IOException {
        DeployReport report = new DeployReport(place, json.asked());
        Change wanted = change.read(place);
        if (dryRun) {
            return report.tell(preview(place, wanted), commit.forced());
        }
        return report.tell(commit.carryOut(place, wanted));
    }

    /** {@return what a change would do} */
    static Preview preview(Place place, Change change) {
        try (Deployer deployer = new Deployer(place.store(), place.channel(), place.configuration())) {
            return deployer.preview(change);
        }
    }

    /** Options of everything that commits. */
    static final class CommitOptions {
        @Option(names = "--no-wait", description = "Do not wait until nodes have applied it.")
        private boolean noWait;

        @Option(
                names = "--force",
                description = "Try a state again that has failed before, replace bundles that throw when they stop, and"
                        + " break promises of exported packages.")
        private boolean force;

        /** {@return whether what can be overridden is overridden} */
        boolean forced() {
            return force;
        }

        /** What cannot work leaves no empty store behind. */
        private static void tryWithoutStore(Place place, Change change) {
            try {
                place.store();
            } catch (StoreMissingException e) {
                Deployer.requireStart(change, place.configuration());
            }
        }

        DeployResult carryOut(Place place, Change change) throws IOException {
            return carryOut(place, change, force);
        }

        /** Carries out a change that may be known to work, so that a failure of it in the past is none of its own. */
        DeployResult carryOut(Place place, Change change, boolean forced) throws IOException {
            tryWithoutStore(place, change);
            try (Deployer deployer = new Deployer(place.storeForWriting(), place.channel(), place.configuration());
                    Place.ProgressDisplay progress = place.progress("Storing")) {
                return deployer.deploy(change, new Deployer.Options(forced, !noWait, progress));
            }
        }
    }
}
