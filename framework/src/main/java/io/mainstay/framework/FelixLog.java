package io.mainstay.framework;

import io.mainstay.framework.failure.Causes;
import java.util.HashMap;
import java.util.Map;
import org.apache.felix.framework.Logger;
import org.slf4j.LoggerFactory;

/** Takes what Felix logs to our log, instead of the standard output. */
final class FelixLog extends Logger {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger("felix");

    private FelixLog() {}

    /** Felix takes its logger from the configuration, where the specification knows strings only. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    static Map<String, String> addTo(Map<String, String> configuration) {
        Map mixed = new HashMap<>(configuration);
        mixed.putIfAbsent("felix.log.logger", new FelixLog());
        mixed.putIfAbsent("felix.log.level", String.valueOf(LOG_WARNING));
        return mixed;
    }

    @Override
    protected void doLog(int level, String message, Throwable failure) {
        Throwable told = Causes.loggable(failure); // Felix has more to do than to log what a bundle throws
        switch (level) {
            case LOG_ERROR -> LOG.error(message, told);
            case LOG_WARNING -> LOG.warn(message, told);
            case LOG_INFO -> LOG.info(message, told);
            default -> LOG.debug(message, told);
        }
    }
}
