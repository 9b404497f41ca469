/** The command line: serve and what belongs to a foreground process. */
@NullMarked
package io.connbudget.proxy.cli;

import org.jspecify.annotations.NullMarked;
