/** Packets both ways: header-only inspection, OK/EOF translation, back-pressure. */
@NullMarked
package io.connbudget.proxy.relay;

import org.jspecify.annotations.NullMarked;
