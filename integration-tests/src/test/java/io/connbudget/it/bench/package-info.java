/** The benchmark: the proxy, the server itself and other proxies under the same loads, in turns. No tests. */
@NullMarked
package io.connbudget.it.bench;

import org.jspecify.annotations.NullMarked;
