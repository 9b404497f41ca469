/** The side that faces applications: listener, greeting, authentication, and the reading of commands. */
@NullMarked
package io.connbudget.proxy.frontend;

import org.jspecify.annotations.NullMarked;
