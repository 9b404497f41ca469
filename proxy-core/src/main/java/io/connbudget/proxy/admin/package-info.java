/** HTTP for operators: metrics, liveness, readiness. */
@NullMarked
package io.connbudget.proxy.admin;

import org.jspecify.annotations.NullMarked;
