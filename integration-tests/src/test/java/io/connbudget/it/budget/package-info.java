/** The budget's rules on real servers, one theme a file; what counts is the server's own count. */
@NullMarked
package io.connbudget.it.budget;

import org.jspecify.annotations.NullMarked;
