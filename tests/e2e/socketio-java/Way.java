/** How a client reaches the server. */
enum Way {
    POLLING("polling only", "polling", "polling"),
    WEBSOCKET("websocket only", "websocket", "websocket"),
    UPGRADE("polling, then upgrade", "websocket", "polling", "websocket");

    /** The transport that carries messages once the session has settled. */
    final String ends;
    private final String title;
    private final String[] transports;

    Way(String title, String ends, String... transports) {
        this.title = title;
        this.ends = ends;
        this.transports = transports;
    }

    /** What the client is told to use. */
    String[] transports() {
        return transports.clone();
    }

    @Override
    public String toString() {
        return title;
    }
}
