import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.socket.client.Ack;
import io.socket.client.IO;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Over each transport: what the reference server does, Flux does. */
class ProtocolTest {
    private static final byte[] FEW_BYTES = {0, 1, 2, -1};
    private static final byte[] MANY_BYTES = new byte[100_000];

    private static Server server;
    private final List<Client> open = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        Arrays.fill(MANY_BYTES, (byte) 'x');
        server = Server.test("--shards=2");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @AfterEach
    void disconnect() {
        open.forEach(Client::close);
    }

    private Client connect(Way way) {
        return connect(way, "/", options -> {});
    }

    private Client connect(Way way, String namespace, Consumer<IO.Options> change) {
        Client client = new Client(server.url() + namespace, way, change);
        open.add(client);
        return client;
    }

    // SIO-01, EIO-17
    @ParameterizedTest
    @EnumSource
    void connectsAndEndsOnTheExpectedTransport(Way way) throws Exception {
        Client client = connect(way);
        client.next("connect");
        assertTrue(client.socket.id().matches("[\\w-]{20}"), client.socket.id());
        client.settle(way);
    }

    // SIO-02, ECH-02
    @ParameterizedTest
    @EnumSource
    void handsOverTheAuthPayload(Way way) throws Exception {
        Map<String, String> auth = Map.of("token", "123", "ü", "☃ \"\\");
        assertEquals(List.of(auth), connect(way, "/", options -> options.auth = auth).next("auth"));
        assertEquals(List.of(Map.of()), connect(way).next("auth"));
    }

    // SIO-10, ECH-03
    @ParameterizedTest
    @EnumSource
    void echoesTextNestedJsonAndUnicode(Way way) throws Exception {
        Client client = connect(way);
        Object[] args = {"two", 1.5, -7, 9_007_199_254_740_993L, true, JSONObject.NULL, new JSONArray(), "",
            "ü ☃ 😀 \u2028 \u0001 \" \\ </script>",
            Json.object("{\"three\": [true, null, {\"four\": {\"ключ ☃\": [[], {}, \"😀\"]}}], \"\": -0.25}")};
        client.socket.emit("message", args);
        assertEquals(Json.plain(args), client.next("message-back"));
    }

    // SIO-11
    @ParameterizedTest
    @EnumSource
    void echoesTwoAttachmentsInTheirPlaces(Way way) throws Exception {
        Client client = connect(way);
        JSONObject deep = new JSONObject(Map.of("deep", new JSONArray(List.of(FEW_BYTES))));
        client.socket.emit("message", deep, "between", MANY_BYTES);
        assertEquals(List.of(Map.of("deep", List.of(ByteBuffer.wrap(FEW_BYTES))), "between",
                             ByteBuffer.wrap(MANY_BYTES)),
                     client.next("message-back"));
    }

    // SIO-12, SIO-13
    @ParameterizedTest
    @EnumSource
    void acknowledgesWithAndWithoutAttachments(Way way) throws Exception {
        Client client = connect(way);
        assertEquals(List.of(1, "2", Map.of("3", List.of(false))),
                     client.ask("message-with-ack", 1, "2", Json.object("{\"3\": [false]}")));
        assertEquals(List.of(), client.ask("message-with-ack"));
        assertEquals(List.of(ByteBuffer.wrap(FEW_BYTES), "t", ByteBuffer.wrap(MANY_BYTES)),
                     client.ask("message-with-ack", FEW_BYTES, "t", MANY_BYTES));
    }

    // SIO-14, ECH-04
    @ParameterizedTest
    @EnumSource
    void isAskedForAcknowledgements(Way way) throws Exception {
        Client client = connect(way);
        client.socket.on("question", args -> ((Ack) args[1]).call(args[0] + "!", FEW_BYTES));
        client.socket.emit("ask", "how");
        assertEquals(List.of("how!", ByteBuffer.wrap(FEW_BYTES)), client.next("answer"));
    }

    // EIO-05: sent from the first moment on, so that an upgrade happens in between.
    @ParameterizedTest
    @EnumSource
    void keepsTheOrderOf1000Messages(Way way) throws Exception {
        Client client = connect(way);
        client.next("connect");
        for (int i = 0; i < 1000; ++i) client.socket.emit("message", i);
        List<Object> received = new ArrayList<>();
        while (received.size() < 1000) received.addAll(client.next("message-back"));
        assertEquals(IntStream.range(0, 1000).boxed().toList(), received);
        client.settle(way);
        assertFalse(client.hasHeard("message-back"));
    }

    // SIO-03, SIO-08
    @ParameterizedTest
    @EnumSource
    void joinsAndLeavesAnotherNamespace(Way way) throws Exception {
        Client custom = connect(way, "/custom", options -> options.auth = Map.of("where", "custom"));
        assertEquals(List.of(Map.of("where", "custom")), custom.next("auth"));
        Client main = new Client(custom.socket.io().socket("/"));
        open.add(main);
        main.next("connect");
        custom.close();
        assertEquals(List.of("still"), main.ask("message-with-ack", "still"));
    }

    // SIO-04
    @ParameterizedTest
    @EnumSource
    void refusesAnUnknownNamespace(Way way) throws Exception {
        Client client = connect(way, "/random", options -> {});
        assertEquals(List.of(Map.of("message", "Invalid namespace")), client.next("connect_error"));
    }

    // SIO-21
    @ParameterizedTest
    @EnumSource
    void tellsWhyTheApplicationRefuses(Way way) throws Exception {
        Client client = connect(way, "/", options -> options.auth = Map.of("refuse", "yes"));
        assertEquals(List.of(Map.of("message", "not allowed")), client.next("connect_error"));
    }

    // SIO-22
    @ParameterizedTest
    @EnumSource
    void isToldWhenTheServerLeavesTheNamespace(Way way) throws Exception {
        Client client = connect(way);
        client.next("connect");
        client.socket.emit("kick");
        assertEquals(List.of("io server disconnect"), client.next("disconnect"));
    }
}
