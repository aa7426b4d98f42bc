package io.mainstay.deploy;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Lets text through and control characters not: what authors, bundles and databases say must not be able to take over
 * the terminal that it is shown on. Line feeds and tabs stay; bytes are UTF-8.
 */
final class PlainText extends FilterOutputStream {
    private static final int C1_LEAD = 0xc2;

    /** Whether the last byte begins one of the control characters from U+0080 to U+009F. */
    private boolean held;

    private PlainText(OutputStream target) {
        super(target);
    }

    static PrintStream of(OutputStream target) {
        return new PrintStream(new PlainText(target), true, StandardCharsets.UTF_8);
    }

    @Override
    public synchronized void write(int value) throws IOException {
        int octet = value & 0xff;
        if (held) {
            held = false;
            if (octet < 0xa0) {
                return;
            }
            out.write(C1_LEAD);
        } else if (octet == C1_LEAD) {
            held = true;
            return;
        }
        if (octet >= ' ' && octet != 0x7f || octet == '\n' || octet == '\t') {
            out.write(octet);
        }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        for (int i = offset; i < offset + length; i++) {
            write(bytes[i]);
        }
    }

    /** The standard streams stay open for the JVM. */
    @Override
    public void close() throws IOException {
        flush();
    }
}
