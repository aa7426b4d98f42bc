package io.mainstay.store;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Names bytes by their SHA-256 hash, written as 64 lower-case hexadecimal digits.
 *
 * @param hex the 64 digits
 */
public record Digest(String hex) implements Comparable<Digest> {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException if {@code hex} is not 64 lower-case hexadecimal digits */
    public Digest {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("Not a SHA-256 digest (64 hexadecimal digits): " + hex);
        }
    }

    /** Hashes {@code bytes}. */
    public static Digest of(byte[] bytes) {
        return finish(algorithm().digest(bytes));
    }

    /** Wraps a hash that {@link #algorithm()} has finished. */
    public static Digest finish(byte[] hash) {
        return new Digest(HexFormat.of().formatHex(hash));
    }

    /** {@return a fresh SHA-256, for whoever hashes a stream as it passes} */
    public static MessageDigest algorithm() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256; this one has not", e);
        }
    }

    /** {@return the first 12 digits, enough for people} */
    public String brief() {
        return hex.substring(0, 12);
    }

    @Override
    public int compareTo(Digest other) {
        return hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
