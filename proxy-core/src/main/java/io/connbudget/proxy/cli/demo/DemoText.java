package io.connbudget.proxy.cli.demo;

import java.nio.file.Path;

/** What the demo tells about its two ports. */
final class DemoText {
    private DemoText() {}

    static String howToConnect(int databasePort, int proxyPort, int httpPort, Path certificate) {
        return """

                  database      127.0.0.1:%1$d
                  connbudget    127.0.0.1:%2$d    metrics http://127.0.0.1:%3$d/metrics
                  account       %4$s / %5$s, schema %6$s
                  TLS           offered to those who ask, certificate %7$s

                  mysql --protocol=tcp -h127.0.0.1 -P%2$d --ssl-ca=%7$s -u%4$s -p%5$s %6$s
                  python3 -c "import pymysql; print(pymysql.connect(host='127.0.0.1', port=%2$d, user='%4$s', password='%5$s', database='%6$s'))"
                  jdbc:mysql://127.0.0.1:%2$d/%6$s?user=%4$s&password=%5$s&allowPublicKeyRetrieval=true

                """.formatted(
                databasePort, proxyPort, httpPort, DemoSite.USER, DemoSite.PASSWORD, DemoSite.SCHEMA, certificate);
    }
}
