/** Request, grant, attach, relay, boundary, hand on: the only place where budget, session and backend meet. */
@NullMarked
package io.connbudget.proxy.lease;

import org.jspecify.annotations.NullMarked;
