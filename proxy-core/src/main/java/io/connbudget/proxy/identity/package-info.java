/** Who may come in, and which account of the database that is: accounts, their passwords on both sides, back-off. */
@NullMarked
package io.connbudget.proxy.identity;

import org.jspecify.annotations.NullMarked;
