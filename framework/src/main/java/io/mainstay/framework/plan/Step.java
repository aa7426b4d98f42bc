package io.mainstay.framework.plan;

import io.mainstay.store.Digest;
import java.util.List;
import java.util.Set;
import org.osgi.framework.BundleException;

/** One thing that is done to a framework on the way to another generation. */
public sealed interface Step {

    /** Does it. */
    void applyTo(Operations operations) throws BundleException;

    /** What steps are made of. Each either does what it says or throws; none takes anything back. */
    interface Operations {
        /** Stops a bundle, leaving its autostart setting. */
        void stop(String location) throws BundleException;

        /** Stops a bundle, and takes its autostart setting, so that it stays stopped. */
        void deactivate(String location) throws BundleException;

        /** Uninstalls a bundle. */
        void uninstall(String location) throws BundleException;

        /** Gives a bundle new content. */
        void update(String location, Digest content) throws BundleException;

        /** Installs a bundle. */
        void install(String location, Digest content, int startLevel) throws BundleException;

        /** Sets a bundle's start level. */
        void setStartLevel(String location, int startLevel) throws BundleException;

        /** Wires bundles anew, in one go. */
        void refresh(List<String> locations) throws BundleException;

        /** Resolves bundles; throws if one of them does not. */
        void resolve(List<String> locations) throws BundleException;

        /**
         * Looks whether a bundle that was updated is wired to the packages that its users have.
         *
         * @throws NotSwappedException if it is not
         */
        void requireShared(String location, Set<String> packages) throws BundleException;

        /** Raises the framework's own start level, if it is lower. */
        void raiseFrameworkLevel(int startLevel) throws BundleException;

        /** Starts a bundle, by its own activation policy, now and at every later start of the framework. */
        void start(String location) throws BundleException;
    }

    /** See {@link Operations#stop}. */
    record Stop(String location) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.stop(location);
        }
    }

    /** See {@link Operations#deactivate}. */
    record Deactivate(String location) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.deactivate(location);
        }
    }

    /** See {@link Operations#uninstall}. */
    record Uninstall(String location) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.uninstall(location);
        }
    }

    /** See {@link Operations#update}. */
    record Update(String location, Digest content) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.update(location, content);
        }
    }

    /** See {@link Operations#install}. */
    record Install(String location, Digest content, int startLevel) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.install(location, content, startLevel);
        }
    }

    /** See {@link Operations#setStartLevel}. */
    record SetStartLevel(String location, int startLevel) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.setStartLevel(location, startLevel);
        }
    }

    /** See {@link Operations#refresh}. */
    record Refresh(List<String> locations) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.refresh(locations);
        }
    }

    /** See {@link Operations#resolve}. */
    record Resolve(List<String> locations) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.resolve(locations);
        }
    }

    /** See {@link Operations#requireShared}. */
    record RequireShared(String location, Set<String> packages) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.requireShared(location, packages);
        }
    }

    /** See {@link Operations#raiseFrameworkLevel}. */
    record RaiseFrameworkLevel(int startLevel) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.raiseFrameworkLevel(startLevel);
        }
    }

    /** See {@link Operations#start}. */
    record Start(String location) implements Step {
        @Override
        public void applyTo(Operations operations) throws BundleException {
            operations.start(location);
        }
    }
}
