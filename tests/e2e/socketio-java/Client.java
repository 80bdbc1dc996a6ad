import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Manager;
import io.socket.client.Socket;
import io.socket.client.SocketOptionBuilder;
import io.socket.engineio.client.Transport;
import io.socket.engineio.parser.Packet;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The official client, whose events wait in queues until the test asks for them. Closing it disconnects. */
final class Client implements AutoCloseable {
    static final int PATIENCE_SECONDS = 10;

    final Socket socket;
    private final Map<String, BlockingQueue<List<Object>>> heard = new ConcurrentHashMap<>();
    /** The transport that brought the newest message. Written by the client's thread. */
    private volatile String carrier = "none";

    Client(String url, Way way) {
        this(url, way, options -> {});
    }

    Client(String url, Way way, Consumer<IO.Options> change) {
        this(IO.socket(URI.create(url), options(way, change)));
    }

    Client(Socket socket) {
        this.socket = socket;
        for (String name : List.of(Socket.EVENT_CONNECT, Socket.EVENT_DISCONNECT, Socket.EVENT_CONNECT_ERROR)) {
            socket.on(name, args -> note(name, args));
        }
        socket.onAnyIncoming(args -> note((String) args[0], Arrays.copyOfRange(args, 1, args.length)));
        socket.io().on(Manager.EVENT_TRANSPORT, args -> watch((Transport) args[0]));
        socket.connect();
    }

    private static IO.Options options(Way way, Consumer<IO.Options> change) {
        IO.Options options = SocketOptionBuilder.builder()
                .setForceNew(true)
                .setTransports(way.transports())
                .setReconnectionDelay(10)
                .setReconnectionDelayMax(50)
                .build();
        change.accept(options);
        return options;
    }

    /** Notes what the wire brings: which transport carries messages, pings, and the answer to an upgrade's probe. */
    private void watch(Transport transport) {
        transport.on(Transport.EVENT_PACKET, args -> {
            Packet<?> packet = (Packet<?>) args[0];
            switch (packet.type) {
                case Packet.MESSAGE -> carrier = transport.name;
                case Packet.PING -> note("<ping>");
                case Packet.PONG -> note("<probe answered>");
                default -> { }
            }
        });
    }

    private void note(String name, Object... args) {
        queue(name).add(Json.plain(args));
    }

    private BlockingQueue<List<Object>> queue(String name) {
        return heard.computeIfAbsent(name, unused -> new LinkedBlockingQueue<>());
    }

    /** The arguments of the next event `name`, whether it has come already or is still to come. */
    List<Object> next(String name) throws InterruptedException {
        List<Object> args = queue(name).poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertNotNull(args, () -> "no " + name + " within " + PATIENCE_SECONDS + " s; heard " + heard);
        return args;
    }

    /** Whether an event `name` has come that nobody asked for. */
    boolean hasHeard(String name) {
        return !queue(name).isEmpty();
    }

    /** Emits, and completes with the arguments of the acknowledgement. */
    CompletableFuture<List<Object>> send(String event, Object... args) {
        CompletableFuture<List<Object>> answer = new CompletableFuture<>();
        Ack ack = values -> answer.complete(Json.plain(values));
        socket.emit(event, args, ack);
        return answer;
    }

    /** Emits, and waits for the acknowledgement. */
    List<Object> ask(String event, Object... args) throws Exception {
        return send(event, args).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Waits until the session runs over the transport it should end on, and proves it by a message. */
    void settle(Way way) throws Exception {
        // From this answer on the client writes nothing until it has changed over.
        if (way == Way.UPGRADE) next("<probe answered>");
        assertEquals(List.of("settled"), ask("message-with-ack", "settled"));
        assertEquals(way.ends, carrier);
    }

    @Override
    public void close() {
        socket.disconnect();
    }
}
