package io.connbudget.proxy.error;

import java.time.Duration;

/**
 * What a refused client is told about the budget at the moment of its refusal.
 *
 * @param clientClass name of the client class, {@code default} where none is configured
 * @param limit backends that the class may use, at least 1
 * @param inUse backends in use of that limit
 * @param waiting waiters in the queue, the refused one included if it waited
 * @param oldestWait how long the oldest waiter has waited
 */
public record BudgetPicture(String clientClass, int limit, int inUse, int waiting, Duration oldestWait) {
    String text() {
        return "class=" + clientClass + " limit=" + limit + " in-use=" + inUse + " waiting=" + waiting + " oldest-wait="
                + oldestWait.toMillis() + "ms";
    }
}
