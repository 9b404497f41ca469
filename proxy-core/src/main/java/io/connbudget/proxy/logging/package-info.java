/** The fixed keys of log lines, and their form. */
@NullMarked
package io.connbudget.proxy.logging;

import org.jspecify.annotations.NullMarked;
