/** What a budget would do: capacity arithmetic, and the policy itself on virtual time. */
@NullMarked
package io.connbudget.budget.planning;

import org.jspecify.annotations.NullMarked;
