import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rooms whose members use every transport and live on different shards. */
class RoomsTest {
    private static final int CLIENTS_PER_WAY = 4;

    private Server server;
    private final List<Client> crowd = new ArrayList<>();
    private final List<OkHttpClient> https = new ArrayList<>();

    @BeforeEach
    void gather() throws Exception {
        server = Server.test("--shards=2");
        for (int i = 0; i < CLIENTS_PER_WAY; ++i) {
            for (Way way : Way.values()) crowd.add(member(way));
        }
        for (Client client : crowd) assertEquals(List.of(true), client.ask("join", "r"));
    }

    /** With an HTTP client of its own: the one they would share makes five requests to a host at a time. */
    private Client member(Way way) {
        OkHttpClient http = new OkHttpClient();
        https.add(http);
        return new Client(server.url(), way, options -> {
            options.callFactory = http;
            options.webSocketFactory = http;
        });
    }

    @AfterEach
    void leave() throws Exception {
        crowd.forEach(Client::close);
        server.close();
        https.forEach(http -> http.dispatcher().executorService().shutdown());
    }

    // SIO-27
    @Test
    void aBroadcastReachesEveryMemberOnEveryShardOnceInOrder() throws Exception {
        Set<Object> shards = new HashSet<>();
        for (Client client : crowd) shards.addAll(client.ask("shard"));
        assertEquals(Set.of(0, 1), shards);
        for (int i = 0; i < 100; ++i) crowd.get(0).socket.emit("broadcast", "r", i);
        for (Client client : crowd) {
            List<Object> received = new ArrayList<>();
            while (received.size() < 100) received.addAll(client.next("news"));
            assertEquals(IntStream.range(0, 100).boxed().toList(), received);
        }
        for (Client client : crowd) {
            client.ask("message-with-ack", "nothing more comes");
            assertFalse(client.hasHeard("news"));
        }
    }

    // SIO-27
    @Test
    void whoLeavesARoomHearsNothingMoreOfIt() throws Exception {
        Client leaver = crowd.get(0);
        leaver.ask("leave", "r");
        Client speaker = crowd.get(1);
        speaker.ask("broadcast", "r", "after");
        for (Client client : crowd.subList(1, crowd.size())) assertEquals(List.of("after"), client.next("news"));
        leaver.ask("message-with-ack", "nothing comes");
        assertFalse(leaver.hasHeard("news"));
    }
}
