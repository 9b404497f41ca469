/** Exact sessions: the same script, directly and through the proxy, byte for byte. */
@NullMarked
package io.connbudget.it.session;

import org.jspecify.annotations.NullMarked;
