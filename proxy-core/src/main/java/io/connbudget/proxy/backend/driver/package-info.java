/** The facade that lets Connector/J log in over a Netty channel that the proxy owns; only this package sees {@code com.mysql.cj}. */
@NullMarked
package io.connbudget.proxy.backend.driver;

import org.jspecify.annotations.NullMarked;
