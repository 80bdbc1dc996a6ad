import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server process. Closing it ends it as its users would, and fails when it did not end well. */
final class Server implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 20;

    private enum Farewell { END_OF_INPUT, SIGTERM }

    private final Process process;
    private final Farewell farewell;
    private final Queue<String> output = new ConcurrentLinkedQueue<>();
    private final int port;
    private boolean ended;

    private Server(List<String> command, String greeting, Farewell farewell) throws Exception {
        this.farewell = farewell;
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture<Integer> listens = new CompletableFuture<>();
        Thread reader = new Thread(() -> read(Pattern.compile(greeting), listens), "output of " + command.get(0));
        reader.setDaemon(true);
        reader.start();
        try {
            port = listens.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception error) {
            process.destroyForcibly();
            throw new AssertionError(command + " did not listen; it said " + output, error);
        }
    }

    /** The echo application plus rooms, broadcasts and cuts, on a free port; `arguments` are passed on. */
    static Server test(String... arguments) throws Exception {
        return new Server(command(arguments, testProgram(), "--port=0"), "listening on (\\d+)", Farewell.END_OF_INPUT);
    }

    /** `flux socketio-echo` on `port` (0: a free one); `arguments` are passed on. */
    static Server echo(int port, String... arguments) throws Exception {
        return new Server(command(arguments, variable("FLUX_BIN"), "socketio-echo", "--port=" + port),
                          "The echo server is running: http://localhost:(\\d+) .*", Farewell.SIGTERM);
    }

    private static List<String> command(String[] arguments, String... start) {
        return Stream.concat(Stream.of(start), Stream.of(arguments)).toList();
    }

    /** $FLUX_TEST_SERVER, or the one in the build that $FLUX_BIN belongs to. */
    private static String testProgram() {
        if (System.getenv("FLUX_TEST_SERVER") != null) return System.getenv("FLUX_TEST_SERVER");
        Path folder = Path.of(variable("FLUX_BIN")).toAbsolutePath().getParent();
        for (; folder != null; folder = folder.getParent()) {
            Path candidate = folder.resolve("tests/e2e/socketio/socketio_test_server");
            if (Files.isExecutable(candidate)) return candidate.toString();
        }
        throw new AssertionError("set FLUX_TEST_SERVER to the program socketio_test_server (see README.md)");
    }

    private static String variable(String name) {
        String value = System.getenv(name);
        if (value == null) throw new AssertionError("set " + name + " (see README.md)");
        return value;
    }

    private void read(Pattern greeting, CompletableFuture<Integer> listens) {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
                Matcher match = greeting.matcher(line);
                if (match.matches()) listens.complete(Integer.valueOf(match.group(1)));
            }
            listens.completeExceptionally(new IOException("it ended before it listened"));
        } catch (IOException error) {
            listens.completeExceptionally(error);
        }
    }

    int port() {
        return port;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Ends it without a warning. */
    void kill() {
        process.toHandle().destroyForcibly();
        end(128 + 9);
    }

    /** Ends it as its users would. */
    void stop() {
        switch (farewell) {
            case END_OF_INPUT -> closeInput();
            // Process.destroy() would close the server's output as well.
            case SIGTERM -> process.toHandle().destroy();
        }
        end(0);
    }

    @Override
    public void close() {
        if (!ended) stop();
    }

    private void closeInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private void end(int expected) {
        ended = true;
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the server did not end within " + PATIENCE_SECONDS + " s; it said " + output);
            }
        } catch (InterruptedException error) {
            throw new AssertionError("the test was stopped while it waited for the server's end", error);
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != expected) {
            throw new AssertionError("the server ended with " + process.exitValue() + " instead of " + expected
                    + "; it said " + output);
        }
    }
}
