/** The choice of Netty's transport and what it is told at the start, in one place. */
@NullMarked
package io.connbudget.proxy.net;

import org.jspecify.annotations.NullMarked;
