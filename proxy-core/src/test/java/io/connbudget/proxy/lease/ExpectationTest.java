package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExpectationTest {
    private final EmbeddedChannel client = new EmbeddedChannel();
    private final List<Runnable> others = new ArrayList<>();
    private final List<String> ended = new ArrayList<>();

    @BeforeEach
    void stopTheClock() {
        client.freezeTime();
    }

    @AfterEach
    void close() {
        client.finishAndReleaseAll();
    }

    private void expect(String name) {
        assertThat(Expectation.begin(client.eventLoop(), others::add, () -> ended.add(name)))
                .isTrue();
    }

    private void pass(long millis) {
        client.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        client.runPendingTasks();
    }

    @Test
    void anAnswerEndsIt() {
        expect("a");
        others.get(0).run();
        pass(0);

        assertThat(ended).containsExactly("a");
        pass(Expectation.LONGEST_MILLIS);
        assertThat(ended).containsExactly("a");
    }

    @Test
    void timeEndsIt() {
        expect("a");
        pass(Expectation.LONGEST_MILLIS - 1);
        assertThat(ended).isEmpty();

        pass(1);

        assertThat(ended).containsExactly("a");
        others.get(0).run();
        pass(0);
        assertThat(ended).containsExactly("a");
    }

    @Test
    void whatAnEarlierOneWaitedForDoesNotEndALaterOne() {
        expect("a");
        pass(Expectation.LONGEST_MILLIS - 1);
        others.get(0).run();
        pass(0);
        expect("b");

        pass(Expectation.LONGEST_MILLIS - 1);

        assertThat(ended).containsExactly("a");
        pass(1);
        assertThat(ended).containsExactly("a", "b");
    }

    @Test
    void withoutAnotherThereIsNothingToWaitFor() {
        assertThat(Expectation.begin(client.eventLoop(), told -> false, () -> ended.add("a")))
                .isFalse();
        pass(Expectation.LONGEST_MILLIS);
        assertThat(ended).isEmpty();
    }
}
