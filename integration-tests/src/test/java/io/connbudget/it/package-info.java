/** What users see: real clients, real servers, the proxy as a process of its own. */
@NullMarked
package io.connbudget.it;

import org.jspecify.annotations.NullMarked;
