/** What operators see and do: one read model and one control interface for console, HTTP and {@code top}. */
@NullMarked
package io.connbudget.proxy.operate;

import org.jspecify.annotations.NullMarked;
