/** Finds in a statement's text what touches the session's state and the servers do not announce. */
@NullMarked
package io.connbudget.proxy.session.sql;

import org.jspecify.annotations.NullMarked;
