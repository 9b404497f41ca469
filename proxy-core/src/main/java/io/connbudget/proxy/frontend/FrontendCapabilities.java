package io.connbudget.proxy.frontend;

import static io.connbudget.wire.Capabilities.*;

/**
 * What the proxy offers to clients: what can be served from the one capability set that all backends have (FACTS,
 * section 2). Compression, query attributes, optional metadata and session tracking are not offered.
 */
final class FrontendCapabilities {
    private static final int SERVED = LONG_PASSWORD
            | FOUND_ROWS
            | LONG_FLAG
            | CONNECT_WITH_DB
            | LOCAL_FILES
            | IGNORE_SPACE
            | PROTOCOL_41
            | INTERACTIVE
            | TRANSACTIONS
            | SECURE_CONNECTION
            | MULTI_STATEMENTS
            | MULTI_RESULTS
            | PS_MULTI_RESULTS
            | PLUGIN_AUTH
            | CONNECT_ATTRS
            | PLUGIN_AUTH_LENENC_DATA
            | DEPRECATE_EOF;

    private FrontendCapabilities() {}

    static int advertised(boolean tls) {
        return tls ? SERVED | SSL : SERVED;
    }
}
