package io.connbudget.proxy.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ErrorReportTest {
    /** Drivers decide by these numbers whether to connect again, repeat or give up. */
    @Test
    void codesStatesAndOriginsArePinned() {
        assertThat(Arrays.stream(ProxyError.values())
                        .map(error -> error.label() + " " + error.code() + " " + error.sqlState() + " "
                                + error.origin().label() + " " + error.level()))
                .containsExactly(
                        "too_many_clients 1040 08004 budget WARN",
                        "queue_full 1040 08004 budget WARN",
                        "queue_timeout 1040 08004 budget WARN",
                        "class_quota 1226 42000 budget WARN",
                        "access_denied 1045 28000 client INFO",
                        "schema_denied 1044 42000 client INFO",
                        "secure_transport_required 3159 HY000 client INFO",
                        "handshake_timeout 1159 08S01 client INFO",
                        "backend_lost 2013 HY000 backend WARN",
                        "database_unreachable 2003 HY000 backend ERROR",
                        "draining 1053 08S01 proxy INFO",
                        "command_not_served 1047 08S01 client INFO",
                        "not_supported 1235 42000 client INFO",
                        "packet_too_large 1153 08S01 client INFO",
                        "malformed_packet 1835 HY000 client INFO",
                        "packets_out_of_order 1156 08S01 client INFO",
                        "unknown_statement 1243 HY000 client INFO",
                        "wrong_arguments 1210 HY000 client INFO",
                        "no_open_cursor 1421 HY000 client INFO",
                        "too_many_statements 1461 42000 budget WARN",
                        "no_such_client 1094 HY000 client INFO",
                        "proxy_fault 1105 HY000 proxy ERROR");
    }

    @Test
    void aRefusalTellsTheWholePictureAndWhatToDo() {
        BudgetPicture picture = new BudgetPicture("default", 16, 16, 321, Duration.ofMillis(10_004));

        assertThat(ErrorReport.queueTimeout(picture, Duration.ofSeconds(10)))
                .isEqualTo(
                        new ErrorReport(
                                ProxyError.QUEUE_TIMEOUT,
                                "Too many connections: no backend was free within 10000ms (class=default limit=16 in-use=16 waiting=321 oldest-wait=10004ms);"
                                        + " nothing was executed, try again later or raise budget.max-connections or budget.queue-timeout"));
        assertThat(ErrorReport.queueFull(picture, 320).message())
                .contains("class=default limit=16 in-use=16 waiting=321 oldest-wait=10004ms queue-length=320");
    }

    @Test
    void messagesOfClientsAreBounded() {
        String long1 = "x".repeat(10_000);

        assertThat(ErrorReport.accessDenied(long1, long1, true).message())
                .endsWith("(using password: YES)")
                .hasSizeLessThan(ErrorReport.MAX_MESSAGE_LENGTH);
        assertThat(ErrorReport.malformedPacket(long1).message()).hasSize(ErrorReport.MAX_MESSAGE_LENGTH);
    }

    @Test
    void accessDeniedIsWordedAsMySqlDoes() {
        assertThat(ErrorReport.accessDenied("app", "10.0.0.7", false).message())
                .isEqualTo("Access denied for user 'app'@'10.0.0.7' (using password: NO)");
    }
}
