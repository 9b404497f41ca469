package io.connbudget.proxy.frontend;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A load balancer's header, as good and bad ones send it. */
class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String BALANCER = "192.0.2.7";

    /** What came of the bytes: the source that was told, what was passed on behind the header, whether it was closed. */
    private record Outcome(List<String> sources, String behind, boolean closed) {}

    private static Outcome read(int cut, byte[] bytes) {
        List<String> sources = new ArrayList<>();
        StringBuilder behind = new StringBuilder();
        EmbeddedChannel channel = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return new InetSocketAddress(BALANCER, 4000);
            }
        };
        channel.pipeline().addLast("proxy-header", new ProxyHeader(1000, source -> {
            sources.add(source.getHostAddress());
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    behind.append(((io.netty.buffer.ByteBuf) message).toString(StandardCharsets.US_ASCII));
                    ReferenceCountUtil.release(message);
                }
            });
        }));
        for (int at = 0; at < bytes.length && channel.isOpen(); at += cut) {
            channel.writeInbound(
                    Unpooled.copiedBuffer(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + cut))));
        }
        channel.checkException();
        boolean closed = !channel.isOpen();
        channel.finishAndReleaseAll();
        return new Outcome(sources, behind.toString(), closed);
    }

    private static byte[] v2(String hex) {
        return HexFormat.of().parseHex(SIGNATURE + hex);
    }

    private static byte[] join(byte[] a, String text) {
        byte[] b = text.getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    @Test
    void headersMayComeInPiecesAndWithWhatFollows() throws Exception {
        byte[] tcp4 = v2("2111000c" + "0a010203" + "0a000001" + "1388" + "0ceb");
        byte[] tcp6 =
                v2("21210024" + "20010db8000000000000000000000001" + "00000000000000000000000000000001" + "13880ceb");
        byte[] extended = v2("21110013" + "0a010203" + "0a000001" + "1388" + "0ceb" + "020004" + "61626364");
        byte[] text = "PROXY TCP4 10.1.2.3 10.0.0.1 5000 3307\r\n".getBytes(StandardCharsets.US_ASCII);
        for (int cut : new int[] {1, 3, 7, 1000}) {
            for (byte[] header : List.of(tcp4, extended, text)) {
                assertThat(read(cut, join(header, "rest"))).isEqualTo(new Outcome(List.of("10.1.2.3"), "rest", false));
            }
            assertThat(read(cut, join(tcp6, "rest")).sources())
                    .containsExactly(InetAddress.getByName("2001:db8::1").getHostAddress());
        }
    }

    @Test
    void whatHasNoAddressOfTheInternetIsTheBalancerItself() {
        byte[] local = v2("2000" + "0000");
        // Its address is told, and does not count.
        byte[] localWithAddress = v2("2011000c" + "0a010203" + "0a000001" + "1388" + "0ceb");
        byte[] unknown = "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);
        String path = HexFormat.of().formatHex(Arrays.copyOf("10.1.2.3".getBytes(StandardCharsets.US_ASCII), 108));
        byte[] unix = v2("2131" + "00d8" + path + path);
        for (byte[] header : List.of(local, localWithAddress, unknown, unix)) {
            assertThat(read(1000, join(header, "rest"))).isEqualTo(new Outcome(List.of(BALANCER), "rest", false));
        }
    }

    @Test
    void whatIsNoHeaderEndsTheConnection() {
        List<byte[]> wrong = new ArrayList<>(List.of(
                "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                "PROXY TCP4 10.1.2.3 10.0.0.1 5000\r\n".getBytes(StandardCharsets.US_ASCII),
                "PROXY TCP4 localhost 10.0.0.1 5000 3307\r\n".getBytes(StandardCharsets.US_ASCII),
                ("PROXY TCP4 " + " ".repeat(200) + "\r\n").getBytes(StandardCharsets.US_ASCII),
                v2("3111000c" + "0a010203" + "0a000001" + "1388" + "0ceb"),
                v2("21110004" + "0a010203")));
        // Nothing that comes behind a wrong one counts, as it would be counted out twice.
        wrong.add(
                "PROXY WHAT\r\nPROXY TCP4 10.1.2.3 10.0.0.1 5000 3307\r\nrest\r\n".getBytes(StandardCharsets.US_ASCII));
        // An extension longer than anybody may send before a login; what is announced is enough.
        wrong.add(v2("2111ffff" + "0a010203" + "0a000001" + "1388" + "0ceb" + "04fff0" + "00".repeat(17_000)));
        for (byte[] bytes : wrong) {
            for (int cut : new int[] {10, 1000, 100_000}) {
                Outcome outcome = read(cut, bytes);
                assertThat(outcome.closed()).isTrue();
                assertThat(outcome.sources()).isEmpty();
            }
        }
    }
}
