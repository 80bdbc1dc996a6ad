import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What was cut is found again by the client itself.
 *
 * <p>This client does not heed a WebSocket's close frame, whichever server sends it: it learns of the end when the next
 * ping does not come. The heartbeat here is short, so that this does not take long.
 */
class ReconnectTest {
    private static final String[] HEARTBEAT = {"--ping-interval=500", "--ping-timeout=2000"};

    // RSN-07
    @ParameterizedTest
    @EnumSource
    void comesBackAfterACut(Way way) throws Exception {
        try (Server server = Server.test(HEARTBEAT); Client client = new Client(server.url(), way)) {
            client.next("connect");
            client.settle(way);
            String before = client.socket.id();
            client.socket.emit("cut");
            expectLoss(client, whenClosed(way));
            client.next("connect");
            assertNotEquals(before, client.socket.id());
            client.settle(way);
        }
    }

    // RSN-07
    @ParameterizedTest
    @EnumSource
    void comesBackAfterAShutdown(Way way) throws Exception {
        restart(way, Server::stop, whenClosed(way));
    }

    // SIO-01
    @ParameterizedTest
    @EnumSource
    void comesBackAfterAKill(Way way) throws Exception {
        restart(way, Server::kill, "transport (close|error)");
    }

    private static void restart(Way way, Consumer<Server> end, String reason) throws Exception {
        try (Server first = Server.echo(0, HEARTBEAT); Client client = new Client(first.url(), way)) {
            client.next("connect");
            client.settle(way);
            String before = client.socket.id();
            end.accept(first);
            expectLoss(client, reason);
            CompletableFuture<List<Object>> meanwhile = client.send("message-with-ack", "said while it was away");
            try (Server second = Server.echo(first.port(), HEARTBEAT)) {
                client.next("connect");
                assertNotEquals(before, client.socket.id());
                assertEquals(List.of("said while it was away"),
                             meanwhile.get(Client.PATIENCE_SECONDS, TimeUnit.SECONDS));
                client.settle(way);
                client.socket.disconnect();
            }
        }
    }

    /** The reason the client gives when the server has closed its transport. */
    private static String whenClosed(Way way) {
        return way == Way.POLLING ? "transport (close|error)" : "ping timeout";
    }

    private static void expectLoss(Client client, String expected) throws Exception {
        String reason = (String) client.next("disconnect").get(0);
        assertTrue(reason.matches(expected), reason);
    }
}
