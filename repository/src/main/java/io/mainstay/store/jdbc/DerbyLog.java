package io.mainstay.store.jdbc;

import java.io.Writer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes Derby's own log, line by line, so that it does not drop a {@code derby.log} where the program was started. */
public final class DerbyLog {
    private static final Logger LOG = LoggerFactory.getLogger("derby");

    private DerbyLog() {}

    /** {@return the writer that the property {@code derby.stream.error.method} names; Derby calls this by reflection} */
    public static Writer writer() {
        return new Lines();
    }

    private static final class Lines extends Writer {
        private final StringBuilder line = new StringBuilder();

        @Override
        public void write(char[] characters, int offset, int length) {
            synchronized (lock) {
                for (int i = offset; i < offset + length; i++) {
                    if (characters[i] == '\n') {
                        emit();
                    } else {
                        line.append(characters[i]);
                    }
                }
            }
        }

        private void emit() {
            if (!line.toString().isBlank()) {
                LOG.debug("{}", line);
            }
            line.setLength(0);
        }

        @Override
        public void flush() {
            // a line goes out when it is whole
        }

        @Override
        public void close() {
            synchronized (lock) {
                emit();
            }
        }
    }
}
