/** The pool of physical connections to the database and the hard count of them. */
@NullMarked
package io.connbudget.proxy.backend;

import org.jspecify.annotations.NullMarked;
