package io.connbudget.proxy.identity;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Two authorities, a server certificate of each, and client certificates of the first one; by openssl and keytool. */
final class TestCertificates {
    private final Path directory;

    TestCertificates(Path directory) throws IOException, InterruptedException {
        this.directory = directory;
        authority("ca");
        authority("ca2");
        signed("server", "ca", "/CN=localhost");
        signed("server2", "ca2", "/CN=localhost");
        signed("billing", "ca", "/O=shop/CN=billing");
        signed("other", "ca", "/O=shop/CN=other");
        signed("stranger", "ca2", "/O=shop/CN=billing");
        for (String client : List.of("billing", "other", "stranger")) {
            run(
                    "openssl",
                    "pkcs12",
                    "-export",
                    "-inkey",
                    key(client).toString(),
                    "-in",
                    certificate(client).toString(),
                    "-out",
                    file(client + ".p12"),
                    "-passout",
                    "pass:changeit");
        }
        run(
                "keytool",
                "-importcert",
                "-noprompt",
                "-alias",
                "ca2",
                "-file",
                certificate("ca2").toString(),
                "-keystore",
                file("ca2.p12"),
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit");
    }

    Path certificate(String name) {
        return directory.resolve(name + ".pem");
    }

    Path key(String name) {
        return directory.resolve(name + ".key");
    }

    /** As properties of Connector/J. */
    String keyStore(String name) {
        return "&clientCertificateKeyStoreUrl=file:" + file(name + ".p12")
                + "&clientCertificateKeyStorePassword=changeit&clientCertificateKeyStoreType=PKCS12";
    }

    String trustStore(String name) {
        return file(name + ".p12");
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private void authority(String name) throws IOException, InterruptedException {
        run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=" + name,
                "-days",
                "2",
                "-keyout",
                key(name).toString(),
                "-out",
                certificate(name).toString());
    }

    private void signed(String name, String authority, String subject) throws IOException, InterruptedException {
        run(
                "openssl",
                "req",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                subject,
                "-keyout",
                key(name).toString(),
                "-out",
                file(name + ".csr"));
        run(
                "openssl",
                "x509",
                "-req",
                "-in",
                file(name + ".csr"),
                "-CA",
                certificate(authority).toString(),
                "-CAkey",
                key(authority).toString(),
                "-CAcreateserial",
                "-days",
                "2",
                "-out",
                certificate(name).toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() != 0) {
            throw new IOException(command[0] + " " + command[1] + " ended with " + process.exitValue());
        }
    }
}
