/** Packets that the proxy reads or writes itself, as records; everything else passes as bytes. */
@NullMarked
package io.connbudget.wire.message;

import org.jspecify.annotations.NullMarked;
