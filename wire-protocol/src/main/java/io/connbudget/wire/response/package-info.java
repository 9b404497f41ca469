/** Where the response to a command ends, with which status, and how its last packet is put for another client. */
@NullMarked
package io.connbudget.wire.response;

import org.jspecify.annotations.NullMarked;
