package io.mainstay.source;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The text of a file: UTF-8, or, where it is not that, ISO 8859-1, in which every byte is a character.
 *
 * @param text the text, without a byte order mark
 * @param utf8 whether it was UTF-8
 */
record SourceText(String text, boolean utf8) {
    static SourceText of(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new SourceText(text.startsWith("\uFEFF") ? text.substring(1) : text, true);
        } catch (CharacterCodingException e) {
            return new SourceText(new String(bytes, StandardCharsets.ISO_8859_1), false);
        }
    }
}
