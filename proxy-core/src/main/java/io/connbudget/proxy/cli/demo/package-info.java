/** The demo: an embedded MariaDB with few connections, the proxy in front of it, and the incident played against both. */
@NullMarked
package io.connbudget.proxy.cli.demo;

import org.jspecify.annotations.NullMarked;
