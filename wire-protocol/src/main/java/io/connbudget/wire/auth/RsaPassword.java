package io.connbudget.wire.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;

/**
 * The password as caching_sha2_password sends it without TLS: zero byte behind it, XORed with the nonce, encrypted with the
 * server's public key, OAEP with SHA-1.
 */
public final class RsaPassword {
    private static final String TRANSFORMATION = "RSA/ECB/OAEPWithSHA-1AndMGF1Padding";
    private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";
    private static final String END = "-----END PUBLIC KEY-----";

    private RsaPassword() {}

    /**
     * Encrypts a password for the server with this key. The password is left as it is.
     *
     * @throws GeneralSecurityException if the key is not RSA, or too short for the password
     */
    public static byte[] encrypt(byte[] password, byte[] nonce, PublicKey key) throws GeneralSecurityException {
        byte[] terminated = Arrays.copyOf(password, password.length + 1);
        byte[] masked = CachingSha2Password.xorWithNonce(terminated, nonce);
        try {
            Cipher cipher = Cipher.getInstance(TRANSFORMATION);
            cipher.init(Cipher.ENCRYPT_MODE, key);
            return cipher.doFinal(masked);
        } finally {
            Arrays.fill(terminated, (byte) 0);
            Arrays.fill(masked, (byte) 0);
        }
    }

    /**
     * The password that a client encrypted, without the zero byte. The caller clears it after use.
     *
     * @throws GeneralSecurityException if it was not encrypted for this key, or no zero byte ends it
     */
    public static byte[] decrypt(byte[] encrypted, byte[] nonce, PrivateKey key) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(TRANSFORMATION);
        cipher.init(Cipher.DECRYPT_MODE, key);
        byte[] masked = cipher.doFinal(encrypted);
        byte[] terminated = CachingSha2Password.xorWithNonce(masked, nonce);
        try {
            if (terminated.length == 0 || terminated[terminated.length - 1] != 0) {
                throw new GeneralSecurityException("no zero byte behind the password, expected one");
            }
            return Arrays.copyOf(terminated, terminated.length - 1);
        } finally {
            Arrays.fill(masked, (byte) 0);
            Arrays.fill(terminated, (byte) 0);
        }
    }

    /** The key as the server sends it to clients: PEM, ASCII. */
    public static byte[] toPem(PublicKey key) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
        return (BEGIN + "\n" + body + "\n" + END + "\n").getBytes(US_ASCII);
    }

    /**
     * The key in a server's PEM.
     *
     * @throws GeneralSecurityException if it is none of an RSA public key
     */
    public static PublicKey fromPem(byte[] pem) throws GeneralSecurityException {
        String text = new String(pem, US_ASCII);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new GeneralSecurityException("no PEM public key in " + pem.length + " bytes, expected one");
        }
        byte[] encoded;
        try {
            encoded = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("no base 64 in a PEM public key", e);
        }
        return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(encoded));
    }
}
