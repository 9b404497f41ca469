package io.connbudget.proxy.frontend;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Looks for inputs that break {@link LoginFuzzTargets}; not part of the usual run (docs/identity.md has the command). */
class LoginFuzz {
    @FuzzTest(maxDuration = "10m")
    void bytes(byte[] input) {
        LoginFuzzTargets.bytes(input);
    }

    @FuzzTest(maxDuration = "10m")
    void packets(byte[] input) {
        LoginFuzzTargets.packets(input);
    }

    @FuzzTest(maxDuration = "10m")
    void proxyHeader(byte[] input) {
        LoginFuzzTargets.proxyHeader(input);
    }

    @FuzzTest(maxDuration = "10m")
    void changeUser(byte[] input) {
        LoginFuzzTargets.changeUser(input);
    }
}
