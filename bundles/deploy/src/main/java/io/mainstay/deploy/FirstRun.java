package io.mainstay.deploy;

import io.mainstay.framework.Settings;
import io.mainstay.framework.deploy.Deployer;
import io.mainstay.store.GenerationRecord;
import io.mainstay.store.Store;
import io.mainstay.verbs.BundleList;
import io.mainstay.verbs.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** What an empty store gets: the bundles of {@code config/first-run.lst}, which the build has put beside the tool. */
final class FirstRun {
    private final Place place;
    private final Store store;
    private final Map<String, String> told;

    FirstRun(Place place, Store store, Map<String, String> told) {
        this.place = place;
        this.store = store;
        this.told = told;
    }

    GenerationRecord commit() throws IOException {
        Path list = Installation.folder("first-run").resolve("first-run.lst");
        try (Deployer deployer = new Deployer(store, Settings.of(told).channel(), told)) {
            return deployer.deploy(
                            BundleList.change(place, list, "mainstay", "First run: a web server and a page"),
                            Deployer.Options.DEFAULT)
                    .generation()
                    .orElseThrow();
        }
    }
}
