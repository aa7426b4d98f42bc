package io.mainstay.store;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says which store to open, and how.
 *
 * @param url the JDBC URL
 * @param user the database user; empty if the URL has it, or none is needed
 * @param password the password; empty likewise
 * @param create whether to make an embedded database that is not there yet
 * @param shared whether to let other processes of this machine use an embedded database, through a server on the
 *     loopback address, behind a password that is made anew for each process
 */
public record StoreOptions(
        String url, Optional<String> user, Optional<String> password, boolean create, boolean shared) {

    private static final Pattern SECRETS =
            Pattern.compile("(?i)(?:password|bootPassword|encryptionKey)=([^;&]*)|//[^/@:]*:([^/@]*)@");

    /** Opens the store at {@code url}, making it if it is embedded and not there. */
    public static StoreOptions of(String url) {
        return new StoreOptions(url, Optional.empty(), Optional.empty(), true, false);
    }

    /** {@return these options with a user and password} */
    public StoreOptions as(String newUser, String newPassword) {
        return new StoreOptions(url, Optional.of(newUser), Optional.of(newPassword), create, shared);
    }

    /** {@return these options for a store that must be there already} */
    public StoreOptions existing() {
        return new StoreOptions(url, user, password, false, shared);
    }

    /** {@return these options for a store that other processes may use too} */
    public StoreOptions share() {
        return new StoreOptions(url, user, password, create, true);
    }

    /** {@return the URL with credentials blotted out, for people and logs} */
    public String publicUrl() {
        return url.replaceAll("(?i)((?:user|password|bootPassword|encryptionKey)=)[^;&]*", "$1…")
                .replaceAll("//[^/@]*@", "//…@");
    }

    /** {@return {@code text} with every password of these options blotted out} */
    public String withoutSecrets(String text) {
        String plain = text;
        Matcher secrets = SECRETS.matcher(url);
        while (secrets.find()) {
            String found = secrets.group(1) != null ? secrets.group(1) : secrets.group(2);
            plain = found.isEmpty() ? plain : plain.replace(found, "…");
        }
        String secret = password.orElse("");
        return secret.isEmpty() ? plain : plain.replace(secret, "…");
    }

    @Override
    public String toString() {
        return "StoreOptions[" + publicUrl() + "]";
    }
}
