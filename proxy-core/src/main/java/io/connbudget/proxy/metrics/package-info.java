/** Every metric of the proxy: names, units, tags, and the counters that event loops own. */
@NullMarked
package io.connbudget.proxy.metrics;

import org.jspecify.annotations.NullMarked;
