package io.mainstay.store.jdbc;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * What a client of Derby's network server says, in which commits are noticed: in the Distributed Relational Database
 * Architecture (The Open Group, DRDA volume 3), a commit is the command RDBCMM, four bytes that say its length and its code
 * point. Other data may have the same bytes: then a commit is heard that was none, which costs a look. One thread reads and
 * answers.
 */
final class HeardCommits extends FilterInputStream {
    /** Length 4, code point 200E. */
    private static final int COMMIT = 0x0004200E;

    private int last;
    private volatile boolean heard;

    HeardCommits(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        if (value >= 0) {
            hear((byte) value);
        }
        return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        for (int i = offset; i < offset + count; i++) {
            hear(bytes[i]);
        }
        return count;
    }

    private void hear(byte value) {
        last = last << 8 | value & 0xff;
        if (last == COMMIT) {
            heard = true;
        }
    }

    /** {@return the way back, which runs something when a commit was answered} */
    OutputStream answers(OutputStream out, Runnable committed) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                tell();
            }

            @Override
            public void write(int value) throws IOException {
                out.write(value);
                tell();
            }

            private void tell() {
                if (heard) {
                    heard = false;
                    committed.run();
                }
            }
        };
    }
}
