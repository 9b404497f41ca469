package io.connbudget.wire.auth;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes and the XOR that the plugins share. */
final class Digests {
    private Digests() {}

    static byte[] sha1(byte[]... parts) {
        return hash("SHA-1", parts);
    }

    static byte[] sha256(byte[]... parts) {
        return hash("SHA-256", parts);
    }

    /** The XOR of two arrays of one length. */
    static byte[] xor(byte[] left, byte[] right) {
        byte[] result = new byte[left.length];
        for (int i = 0; i < left.length; i++) {
            result[i] = (byte) (left[i] ^ right[i]);
        }
        return result;
    }

    static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime lacks " + algorithm, e);
        }
    }

    private static byte[] hash(String algorithm, byte[]... parts) {
        MessageDigest digest = digest(algorithm);
        for (byte[] part : parts) {
            digest.update(part);
        }
        return digest.digest();
    }
}
