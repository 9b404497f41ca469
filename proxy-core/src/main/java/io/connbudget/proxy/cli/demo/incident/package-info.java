/** The Celery incident as a load: thousands of client connections from several processes, and what the server counts meanwhile. */
@NullMarked
package io.connbudget.proxy.cli.demo.incident;

import org.jspecify.annotations.NullMarked;
