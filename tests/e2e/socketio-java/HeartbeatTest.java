import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The session lives on its heartbeat. */
class HeartbeatTest {
    private static final int PINGS = 5;

    // EIO-10, EIO-11
    @ParameterizedTest
    @EnumSource
    void staysConnectedOverSeveralPings(Way way) throws Exception {
        try (Server server = Server.test("--ping-interval=50", "--ping-timeout=20000");
             Client client = new Client(server.url(), way)) {
            client.next("connect");
            client.settle(way);
            String id = client.socket.id();
            // The next one comes only when this one was answered.
            for (int i = 0; i < PINGS; ++i) client.next("<ping>");
            assertEquals(List.of("here"), client.ask("message-with-ack", "here"));
            assertEquals(id, client.socket.id());
            assertFalse(client.hasHeard("disconnect"));
        }
    }
}
