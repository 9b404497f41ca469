/** What tests of several packages share. */
package io.connbudget.proxy.testing;
