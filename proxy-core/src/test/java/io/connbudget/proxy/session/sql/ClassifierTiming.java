package io.connbudget.proxy.session.sql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** Prints what classification costs; run by hand: {@code java -cp ... io.connbudget.proxy.session.sql.ClassifierTiming}. */
final class ClassifierTiming {
    private static final int TEXTS = 100_000;

    private ClassifierTiming() {}

    public static void main(String[] arguments) {
        for (int round = 0; round < 6; round++) {
            time("miss", TEXTS, "SELECT c FROM sbtest1 WHERE id=%d");
            time("hit", 16, "SELECT c FROM sbtest1 WHERE id=%d");
            time("miss", TEXTS, "SELECT DISTINCT c FROM sbtest3 WHERE id BETWEEN %d AND 5099 ORDER BY c");
        }
    }

    private static void time(String what, int different, String format) {
        StatementClassifier classifier = new StatementClassifier();
        ByteBuf[] texts = new ByteBuf[different];
        ByteBuf all = ByteBufAllocator.DEFAULT.directBuffer();
        for (int i = 0; i < different; i++) {
            byte[] sql = format.formatted(100_000 + i).getBytes(StandardCharsets.US_ASCII);
            int from = all.writerIndex();
            all.writeBytes(sql);
            texts[i] = all.slice(from, sql.length);
        }
        long sum = 0;
        long begin = System.nanoTime();
        int calls = 0;
        for (int pass = 0; pass < 2_000_000 / different; pass++) {
            for (ByteBuf text : texts) {
                sum += classifier
                        .classify(text, 0, text.capacity(), StatementTable.MYSQL)
                        .facts();
                calls++;
            }
        }
        long nanos = (System.nanoTime() - begin) / calls;
        System.out.println(what + " " + nanos + " ns, " + texts[0].capacity() + " bytes: " + format + " " + sum);
        all.release();
    }
}
