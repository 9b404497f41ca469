/** How large the budget is: from the configuration, from the database's limits and its refusals; and the commands that plan it. */
@NullMarked
package io.connbudget.proxy.capacity;

import org.jspecify.annotations.NullMarked;
