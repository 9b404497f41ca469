package io.connbudget.proxy.cli.demo.incident;

import java.util.List;
import java.util.Map;

/**
 * What one load is: where it goes and how much of it there is.
 *
 * @param connections client connections in all, 1 to 1,000,000
 * @param processes operating-system processes that share them, 1 to {@code connections}
 * @param transactionsPerConnection transactions that each connection runs, one after the other, 0 or more
 * @param rows rows of {@link LoadTable} that the transactions spread over, 1 or more
 */
public record LoadPlan(
        String host,
        int port,
        String user,
        String password,
        String schema,
        int connections,
        int processes,
        int transactionsPerConnection,
        int rows) {
    static final String PASSWORD_VARIABLE = "CONNBUDGET_LOAD_PASSWORD";

    public LoadPlan {
        if (connections < 1 || processes < 1 || processes > connections) {
            throw new IllegalArgumentException("connections " + connections + " in " + processes
                    + " processes, expected at least 1 process and no more processes than connections");
        }
        if (transactionsPerConnection < 0 || rows < 1) {
            throw new IllegalArgumentException("transactionsPerConnection " + transactionsPerConnection + ", rows "
                    + rows + ", expected at least 0 and 1");
        }
    }

    /** The part of one process: connections are shared out evenly, the first processes take the remainder. */
    LoadPlan partOf(int process) {
        int share = connections / processes + (process < connections % processes ? 1 : 0);
        return new LoadPlan(host, port, user, password, schema, share, 1, transactionsPerConnection, rows);
    }

    /** Everything but the password as arguments of a worker process; the password goes by environment. */
    List<String> toArguments() {
        return List.of(
                host,
                String.valueOf(port),
                user,
                schema,
                String.valueOf(connections),
                String.valueOf(transactionsPerConnection),
                String.valueOf(rows));
    }

    static LoadPlan fromArguments(String[] arguments, Map<String, String> environment) {
        return new LoadPlan(
                arguments[0],
                Integer.parseInt(arguments[1]),
                arguments[2],
                environment.getOrDefault(PASSWORD_VARIABLE, ""),
                arguments[3],
                Integer.parseInt(arguments[4]),
                1,
                Integer.parseInt(arguments[5]),
                Integer.parseInt(arguments[6]));
    }

    @Override
    public String toString() {
        return connections + " connections from " + processes + " processes to " + user + "@" + host + ":" + port + "/"
                + schema;
    }
}
