package io.mainstay.verbs;

import com.google.gson.JsonParseException;
import io.mainstay.framework.deploy.RefusedChangeException;
import io.mainstay.intake.RefusedBundleException;
import io.mainstay.store.ConflictException;
import io.mainstay.store.StoreException;
import io.mainstay.store.StoreUnreachableException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleException;

/** Tells people what went wrong, in at most ten lines, and chooses the exit code. The stack trace goes to the log. */
public final class Failures {
    /** The JDK's own logger, so that the shell asks no logging bundle of the generation. */
    private static final System.Logger LOG = System.getLogger(Failures.class.getName());

    private static final int MOST = 8;

    private Failures() {}

    /** Tells of {@code failure}, and returns the exit code. */
    public static int tell(Throwable failure, PrintStream err) {
        LOG.log(System.Logger.Level.INFO, "A verb failed", failure);
        if (failure instanceof BrokenSourceException broken) {
            broken.problems().stream().limit(MOST).forEach(problem -> err.println(problem.text()));
        }
        err.println(message(failure));
        if (failure instanceof RefusedChangeException refused
                && refused.problems().size() > 1) {
            List<String> more = refused.problems().subList(1, refused.problems().size());
            more.stream().limit(MOST - 1).forEach(problem -> err.println("  also: " + problem));
            if (more.size() > MOST - 1) {
                err.println("  and " + (more.size() - MOST + 1) + " more");
            }
        }
        return code(failure);
    }

    /** {@return what to tell programs of {@code failure}} */
    static String json(Throwable failure) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("outcome", failure instanceof ConflictException ? "conflict" : "refused");
        told.put("cause", message(failure));
        told.put(
                "problems",
                failure instanceof RefusedChangeException refused
                        ? refused.problems()
                        : failure instanceof BrokenSourceException broken ? broken.problems() : List.of());
        return Json.of(told);
    }

    /** {@return what to tell people of {@code failure}} */
    static String message(Throwable failure) {
        if (failure instanceof NoSuchFileException missing) {
            return "There is no file " + missing.getFile();
        }
        if (failure instanceof AccessDeniedException denied) {
            return "Cannot use " + denied.getFile() + ": permission is denied; choose another place, or allow it";
        }
        if (failure instanceof FileAlreadyExistsException there) {
            return "Cannot use " + there.getFile() + ": something else is there already";
        }
        if (failure instanceof FileSystemException file) {
            return "Cannot use " + file.getFile() + ": "
                    + (file.getReason() == null ? "the system does not say why" : file.getReason());
        }
        if (expected(failure) && failure.getMessage() != null) {
            return failure.getMessage().strip();
        }
        LOG.log(System.Logger.Level.ERROR, "A verb failed unexpectedly", failure);
        return "This should not have happened: " + failure + "; the log has the details";
    }

    private static boolean expected(Throwable failure) {
        return failure instanceof StoreException
                || failure instanceof RefusedBundleException
                || failure instanceof RefusedChangeException
                || failure instanceof BrokenSourceException
                || failure instanceof UnsupportedOperationException
                || failure instanceof JsonParseException
                || failure instanceof IOException
                || failure instanceof UncheckedIOException
                || failure instanceof BundleException
                || failure instanceof IllegalArgumentException;
    }

    private static int code(Throwable failure) {
        return failure instanceof StoreUnreachableException ? ExitCode.UNREACHABLE : ExitCode.REFUSED;
    }
}
