/** Facts of the MySQL protocol that every message shares: commands, capabilities, status flags, packet framing. */
@NullMarked
package io.connbudget.wire;

import org.jspecify.annotations.NullMarked;
