package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.DatabaseServer;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;

/** Which client is of which class: every kind of rule, by clients that come so. Each class lets nobody in, and says its name. */
final class RulesTest {
    private static final String BUDGET = """
            max-connections: 3
            classes:
              by-source: {max: 0}
              by-schema: {max: 0}
              by-attributes: {max: 0}
              by-certificate: {max: 0}
              by-user: {max: 0}
            rules:
              - {class: by-source, source: 127.0.0.8/30}
              - {class: by-schema, schema: "information_*"}
              - {class: by-attributes, attributes: {program_name: "celery*", team: "?lue"}}
              - {class: by-certificate, tls-identity: "CN=worker*"}
              - {class: by-user, user: b}
            """;

    private static final String CELERY = "&connectionAttributes=program_name:celery-7,team:";

    @TempDir
    static Path files;

    @OnEveryServer
    void theFirstRuleThatMatchesWins(TestDatabase database) throws Exception {
        // The rules are the proxy's, whatever the server; one spares the certificates of the other.
        Assumptions.assumeTrue(database.server().kind() == DatabaseServer.Kind.MYSQL);
        openssl("req -x509 -newkey rsa:2048 -nodes -subj /CN=ca -days 2 -keyout ca.key -out ca.pem");
        for (String name : List.of("worker-1", "dba")) {
            openssl("req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout " + name + ".key -out " + name
                    + ".csr");
            openssl("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out " + name
                    + ".pem");
            openssl("pkcs12 -export -inkey " + name + ".key -in " + name + ".pem -out " + name
                    + ".p12 -passout pass:changeit");
        }
        String tls = """
                tls: {mode: prefer, certificate: "%1$s/worker-1.pem", key: "%1$s/worker-1.key", client-ca: "%1$s/ca.pem", client-certificate: optional}
                """.formatted(files);
        try (BudgetedProxy proxy = BudgetedProxy.start(database, BUDGET, tls, "")) {
            String schema = database.schema();
            assertThat(classOf(proxy, "a", schema, "")).isEqualTo("default");
            assertThat(classOf(proxy, "b", schema, "")).isEqualTo("by-user");
            assertThat(classOf(proxy, "a", schema, "&localSocketAddress=127.0.0.11"))
                    .isEqualTo("by-source");
            assertThat(classOf(proxy, "a", schema, "&localSocketAddress=127.0.0.12"))
                    .isEqualTo("default");
            assertThat(classOf(proxy, "a", "information_schema", "")).isEqualTo("by-schema");
            assertThat(classOf(proxy, "a", "", "")).isEqualTo("default");
            assertThat(classOf(proxy, "a", schema, CELERY + "blue")).isEqualTo("by-attributes");
            assertThat(classOf(proxy, "a", schema, CELERY + "bluE"))
                    .as("case counts")
                    .isEqualTo("default");
            assertThat(classOf(proxy, "a", schema, "&connectionAttributes=program_name:celery-7"))
                    .as("one attribute is missing")
                    .isEqualTo("default");
            assertThat(classOf(proxy, "a", schema, certificate("worker-1"))).isEqualTo("by-certificate");
            assertThat(classOf(proxy, "b", schema, certificate("dba"))).isEqualTo("by-user");
            assertThat(classOf(proxy, "a", schema, "&sslMode=REQUIRED"))
                    .as("no certificate")
                    .isEqualTo("default");

            assertThat(classOf(proxy, "b", "information_schema", "&localSocketAddress=127.0.0.9" + CELERY + "blue"))
                    .as("the first of four")
                    .isEqualTo("by-source");
            assertThat(classOf(proxy, "b", "information_schema", CELERY + "blue"))
                    .as("the first of three")
                    .isEqualTo("by-schema");
        }
    }

    private static String certificate(String name) {
        return "&sslMode=REQUIRED&clientCertificateKeyStoreUrl=file:" + files.resolve(name + ".p12")
                + "&clientCertificateKeyStorePassword=changeit&clientCertificateKeyStoreType=PKCS12";
    }

    /** The class that refuses the client, at its login or at its first statement. */
    private static String classOf(BudgetedProxy proxy, String user, String schema, String properties)
            throws SQLException {
        try (Connection client = proxy.connect(user, schema, properties);
                Statement sql = client.createStatement()) {
            sql.execute("DO 1");
            return "default";
        } catch (SQLException e) {
            if (e.getErrorCode() != 1226) {
                throw e;
            }
            String message = e.getMessage();
            return message.substring(message.indexOf('\'') + 1, message.lastIndexOf('\''));
        }
    }

    private static void openssl(String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command)
                .directory(files.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("openssl " + arguments + " ended with " + process.exitValue());
        }
    }
}
