package io.connbudget.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;

class LeakGuardTest {
    private final LeakGuard guard = new LeakGuard();

    @Test
    void aBufferThatNobodyReleasesFailsTheClass() {
        ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        try {
            for (int i = 0; i < 100; i++) {
                ByteBufAllocator.DEFAULT.directBuffer(16).writeByte(i);
            }
            assertThatThrownBy(() -> guard.afterAll(null))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("not released")
                    .hasMessageContaining("ByteBuf");
        } finally {
            ResourceLeakDetector.setLevel(before);
        }
    }

    @Test
    void releasedBuffersDoNot() {
        ByteBufAllocator.DEFAULT.directBuffer(16).release();
        assertThatCode(() -> guard.afterAll(null)).doesNotThrowAnyException();
    }
}
