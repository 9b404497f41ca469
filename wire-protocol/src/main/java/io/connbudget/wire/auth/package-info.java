/** What the authentication plugins compute: scrambles, stored hashes, the RSA exchange. */
@NullMarked
package io.connbudget.wire.auth;

import org.jspecify.annotations.NullMarked;
