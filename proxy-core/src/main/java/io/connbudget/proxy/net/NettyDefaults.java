package io.connbudget.proxy.net;

/** What Netty is told before its classes load; what the command line of the JVM says counts more. */
public final class NettyDefaults {
    private NettyDefaults() {}

    /** Sets the system properties; to be called before any class of Netty's is used. */
    public static void set() {
        // It makes two stack traces for one of 128 buffers, half of all that a query allocates. The tests look for
        // leaks.
        // Netty's other checks (bounds, use after release) stay on: what they find would be another client's bytes.
        setUnlessGiven("io.netty.leakDetection.level", "disabled");
    }

    private static void setUnlessGiven(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
