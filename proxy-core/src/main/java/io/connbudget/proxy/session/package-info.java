/** What a client's session is, apart from any backend, and how to make a backend equal to it. */
@NullMarked
package io.connbudget.proxy.session;

import org.jspecify.annotations.NullMarked;
