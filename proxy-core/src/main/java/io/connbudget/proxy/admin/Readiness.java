package io.connbudget.proxy.admin;

import java.util.Optional;

/** Whether clients should be sent here. */
@FunctionalInterface
public interface Readiness {
    /** Empty while the proxy serves; else one line for operators, such as {@code draining}. Any thread; does not block. */
    Optional<String> notReadyReason();
}
