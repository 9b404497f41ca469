/** The composition root: {@code ProxyServer} wires frontend, session, lease, relay and backend together. */
@NullMarked
package io.connbudget.proxy;

import org.jspecify.annotations.NullMarked;
