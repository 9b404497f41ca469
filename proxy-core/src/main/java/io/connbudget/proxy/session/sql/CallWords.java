package io.connbudget.proxy.session.sql;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Reads {@code call-words.txt}: the words that never call a stored function. */
final class CallWords {
    private static final String RESOURCE = "call-words.txt";

    private CallWords() {}

    /** The words in upper case, each with the bits of {@link Word#origin}. */
    static Map<String, Integer> read() {
        Map<String, Integer> origins = new HashMap<>();
        try (InputStream stream = CallWords.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IllegalStateException("resource " + RESOURCE + " is missing beside " + CallWords.class);
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    int space = line.indexOf(' ');
                    origins.put(line.substring(0, space), origin(line, space));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read resource " + RESOURCE, e);
        }
        return origins;
    }

    private static int origin(String line, int space) {
        return (line.indexOf('Y', space) > 0 ? Word.MYSQL : 0)
                | (line.indexOf('M', space) > 0 ? Word.MARIADB : 0)
                | (line.indexOf('O', space) > 0 ? Word.MYSQL_BEFORE_9_6 : 0);
    }
}
