/** Who may have how much of the connection budget, and who is next. */
@NullMarked
package io.connbudget.budget;

import org.jspecify.annotations.NullMarked;
