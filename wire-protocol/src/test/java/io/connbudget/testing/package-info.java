/** What the tests of every module share. */
@NullMarked
package io.connbudget.testing;

import org.jspecify.annotations.NullMarked;
