package io.mainstay.repository;

import io.mainstay.store.IndexQuery;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Finds in a requirement's filter which names the capability may have, so that the index can be asked. The answer may
 * take in too many, never too few: whoever asks matches the whole filter afterwards.
 */
final class FilterKeys {
    private FilterKeys() {}

    /** {@return the narrowest query that covers {@code filter} in {@code namespace}; an empty filter matches all} */
    static IndexQuery query(String namespace, String filter) {
        return new Reader(ResourceIndexer.keyAttribute(namespace), filter.strip())
                .read()
                .map(names -> names.prefix().isPresent()
                        ? IndexQuery.beginning(namespace, names.prefix().get())
                        : IndexQuery.named(namespace, withUnnamed(names.exact())))
                .orElse(IndexQuery.all(namespace));
    }

    /** A number or version may be spelled in many ways, so the index has no name for it. No beginning matches one. */
    private static Set<String> withUnnamed(Set<String> exact) {
        Set<String> names = new LinkedHashSet<>(exact);
        names.add(ResourceIndexer.UNNAMED);
        return names;
    }

    /** Either some exact names, or a beginning. */
    private record Names(Set<String> exact, Optional<String> prefix) {}

    /** A recursive descent over RFC 4515's filters; empty means: no statement about the name. */
    private static final class Reader {
        private final String key;
        private final String text;
        private int at;

        Reader(String key, String text) {
            this.key = key;
            this.text = text;
        }

        Optional<Names> read() {
            skipBlanks();
            if (at >= text.length() || text.charAt(at) != '(') {
                return Optional.empty();
            }
            int begin = at++;
            skipBlanks();
            return switch (at < text.length() ? text.charAt(at) : ' ') {
                case '&' -> all();
                case '|' -> any();
                case '!' -> {
                    at++;
                    read();
                    close();
                    yield Optional.empty();
                }
                default -> clause(begin);
            };
        }

        /** Any one statement narrows a conjunction; exact names narrow more than a beginning. */
        private Optional<Names> all() {
            at++;
            Optional<Names> best = Optional.empty();
            for (skipBlanks(); at < text.length() && text.charAt(at) == '('; skipBlanks()) {
                Optional<Names> next = read();
                if (best.isEmpty() || next.isPresent() && best.get().prefix().isPresent()) {
                    best = next.isPresent() ? next : best;
                }
            }
            close();
            return best;
        }

        /** A disjunction says something only if each branch does. */
        private Optional<Names> any() {
            at++;
            Set<String> exact = new LinkedHashSet<>();
            boolean vague = false;
            for (skipBlanks(); at < text.length() && text.charAt(at) == '('; skipBlanks()) {
                Optional<Names> next = read();
                vague |= next.isEmpty() || next.get().prefix().isPresent();
                next.ifPresent(names -> exact.addAll(names.exact()));
            }
            close();
            return vague || exact.isEmpty() ? Optional.empty() : Optional.of(new Names(exact, Optional.empty()));
        }

        private Optional<Names> clause(int begin) {
            int end = endOfClause();
            String clause = text.substring(begin + 1, Math.max(begin + 1, end - 1));
            at = end;
            int operator = firstOperator(clause);
            if (operator < 0 || !clause.substring(0, operator).strip().equalsIgnoreCase(key)) {
                return Optional.empty();
            }
            String value = clause.substring(operator + 1);
            int star = firstStar(value);
            if (star < 0) {
                return Optional.of(new Names(Set.of(unescape(value)), Optional.empty()));
            }
            String prefix = unescape(value.substring(0, star));
            return prefix.isEmpty() ? Optional.empty() : Optional.of(new Names(Set.of(), Optional.of(prefix)));
        }

        private int endOfClause() {
            for (int i = at; i < text.length(); i++) {
                if (text.charAt(i) == '\\') {
                    i++;
                } else if (text.charAt(i) == ')') {
                    return i + 1;
                }
            }
            return text.length();
        }

        /** {@return where the equals sign is; -1 if the clause compares in another way} */
        private static int firstOperator(String clause) {
            for (int i = 0; i < clause.length(); i++) {
                if ("=<>~".indexOf(clause.charAt(i)) >= 0) {
                    return clause.charAt(i) == '=' ? i : -1;
                }
            }
            return -1;
        }

        private static int firstStar(String value) {
            for (int i = 0; i < value.length(); i++) {
                if (value.charAt(i) == '\\') {
                    i++;
                } else if (value.charAt(i) == '*') {
                    return i;
                }
            }
            return -1;
        }

        private static String unescape(String value) {
            return value.replaceAll("(?s)\\\\(.)", "$1");
        }

        private void close() {
            skipBlanks();
            if (at < text.length() && text.charAt(at) == ')') {
                at++;
            }
        }

        private void skipBlanks() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }
    }
}
