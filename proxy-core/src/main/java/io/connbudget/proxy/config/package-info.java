/** Configuration: validated records, where each value came from, and messages that say what was expected. */
@NullMarked
package io.connbudget.proxy.config;

import org.jspecify.annotations.NullMarked;
