/** The errors that the proxy itself gives: one classification for code, origin, log level and metric. */
@NullMarked
package io.connbudget.proxy.error;

import org.jspecify.annotations.NullMarked;
