package io.connbudget.proxy.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * A certificate for this machine that vouches for itself, made by the Java runtime's own {@code keytool}: PEM files in a
 * directory that only its owner may read. Closing it deletes them.
 */
final class DemoCertificate implements AutoCloseable {
    private static final String ALIAS = "demo";
    private static final String DAYS = "30";
    private static final int LIMIT_SECONDS = 30;

    private final Path home;

    private DemoCertificate(Path home) {
        this.home = home;
    }

    /**
     * Takes a fraction of a second.
     *
     * @throws IOException if there is no keytool, or it fails
     */
    static DemoCertificate create() throws IOException, InterruptedException {
        Path home = Files.createTempDirectory(
                "connbudget-tls-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        DemoCertificate made = new DemoCertificate(home);
        try {
            String password = HexFormat.of().formatHex(new SecureRandom().generateSeed(16));
            made.generate(password);
            made.write(password);
            return made;
        } catch (GeneralSecurityException e) {
            made.close();
            throw new IOException("keytool's key store cannot be read", e);
        } catch (IOException | InterruptedException e) {
            made.close();
            throw e;
        }
    }

    private void generate(String password) throws IOException, InterruptedException {
        ProcessBuilder keytool = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-validity",
                DAYS,
                "-dname",
                "CN=connbudget demo",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                // Clients are given it as their authority too.
                "-ext",
                "bc:critical=ca:true",
                "-storetype",
                "PKCS12",
                "-keystore",
                store().toString(),
                "-storepass:env",
                "STORE_PASSWORD");
        keytool.environment().put("STORE_PASSWORD", password);
        Process process = keytool.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("keytool did not end within " + LIMIT_SECONDS + "s");
        }
        if (process.exitValue() != 0) {
            throw new IOException("keytool ended with exit code " + process.exitValue());
        }
    }

    private void write(String password) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store())) {
            keys.load(in, password.toCharArray());
        }
        Files.delete(store());
        Key key = keys.getKey(ALIAS, password.toCharArray());
        Files.writeString(key(), pem("PRIVATE KEY", key.getEncoded()));
        Files.writeString(
                certificate(), pem("CERTIFICATE", keys.getCertificate(ALIAS).getEncoded()));
    }

    private static String pem(String kind, byte[] der) {
        String text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
    }

    private Path store() {
        return home.resolve("demo.p12");
    }

    /** PEM file of the certificate. */
    Path certificate() {
        return home.resolve("certificate.pem");
    }

    /** PEM file of the private key, PKCS#8. */
    Path key() {
        return home.resolve("key.pem");
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(store());
        Files.deleteIfExists(certificate());
        Files.deleteIfExists(key());
        Files.deleteIfExists(home);
    }
}
