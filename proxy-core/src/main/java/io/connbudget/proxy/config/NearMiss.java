package io.connbudget.proxy.config;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that was meant by one that does not exist. */
final class NearMiss {
    private NearMiss() {}

    /** The nearest of {@code known} by edits, or one that has the same last part; empty if none is near. */
    static Optional<String> of(String given, Collection<String> known) {
        String best = null;
        int bestDistance = Math.max(2, given.length() / 5) + 1;
        for (String name : known) {
            int distance = distance(given, name);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = name;
            }
        }
        if (best != null) {
            return Optional.of(best);
        }
        String last = lastPart(given);
        return known.stream()
                .filter(name -> distance(last, lastPart(name)) <= last.length() / 5)
                .findFirst();
    }

    private static String lastPart(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
