/** The SQL console: operators' statements over the MySQL protocol, on a port of its own that needs no backend. */
@NullMarked
package io.connbudget.proxy.console;

import org.jspecify.annotations.NullMarked;
