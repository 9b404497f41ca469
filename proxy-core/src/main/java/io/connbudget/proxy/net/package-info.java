/** The choice of Netty's transport, in one place. */
@NullMarked
package io.connbudget.proxy.net;

import org.jspecify.annotations.NullMarked;
