"""Publish numbered records and note which were acknowledged."""

import http.client
import json
import threading
import urllib.parse

from confluent_kafka import KafkaException, Producer

_UNDER_WAY_MAX = 40
# 401: the process has just been started anew and so has another token.
_MEANS = {201: "stored", 401: "refused", 503: "refused", 504: "unknown"}


class Publisher:
    """Round after round, one record on one of its keys, until it is told to rest. Keys are named after the history, so
    that nothing of the one before is taken for this one's."""

    interval = 0.05

    def __init__(self, topics, keys, note):
        self._topics, self._keys, self._note = topics, keys, note
        self._numbers = {}
        self._running = threading.Event()
        self._round = threading.Lock()  # held while one is under way
        self._ended = threading.Event()
        self._turn = 0
        self._prefix = ""
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def begin(self, prefix):
        self._prefix = prefix
        self._numbers = {}
        if not self._thread.is_alive():
            self._thread.start()
        self._running.set()

    def rest(self):
        """Returns once nothing is under way."""
        self._running.clear()
        with self._round:
            self.settle()

    def last_round(self):
        """One more record of every key, when everything works again."""
        with self._round:
            for topic in self._topics:
                for key in self._keys:
                    self._one(topic, key)
            self.settle()

    def close(self):
        self._ended.set()
        self._running.set()
        if self._thread.is_alive():
            self._thread.join()

    def settle(self):
        pass

    def _loop(self):
        places = [(topic, key) for key in self._keys for topic in self._topics]
        while True:
            self._running.wait()
            if self._ended.wait(self.interval):  # the pace
                return
            with self._round:
                if self._running.is_set():
                    self._one(*places[self._turn % len(places)])
                    self._turn += 1

    def _one(self, topic, key):
        event, payload = self._next(topic, key)
        self.publish(topic, event["key"], payload, event)

    def _next(self, topic, key):
        place, key = key, self._prefix + key
        number = self._numbers[topic, key] = self._numbers.get((topic, key), 0) + 1
        event = {"topic": topic, "key": key, "n": number}
        self._note("publish", **event)
        return event, json.dumps({"key": key, "place": place, "n": number})


class KafkaPublisher(Publisher):
    """With an official client, straight to Kafka."""

    def __init__(self, brokers, topics, keys, note):
        super().__init__(topics, keys, note)
        self._producer = Producer({
            "bootstrap.servers": brokers, "enable.idempotence": True, "acks": "all", "linger.ms": 0,
            "message.timeout.ms": 60_000, "reconnect.backoff.max.ms": 500, "log_level": 0,
            "socket.timeout.ms": 5_000})

    def publish(self, topic, key, payload, event):
        # However slow Kafka is: what waits is bounded, or a history would never come to rest.
        while len(self._producer) >= _UNDER_WAY_MAX:
            self._producer.poll(0.1)
        self._send(topic, key, payload, event)

    def publish_once(self, topic, key):
        """One record beside the rounds, of a key that they do not have; waits for nobody."""
        event, payload = self._next(topic, key)
        self._send(topic, event["key"], payload, event)

    def _send(self, topic, key, payload, event):
        self._producer.produce(topic, payload, key, on_delivery=lambda error, _: self._delivered(error, event))
        self._producer.poll(0)

    def _delivered(self, error, event):
        if error is None:
            self._note("stored", **event)
        else:
            self._note("unknown", **event, error=str(error))

    def settle(self):
        if self._producer.flush(70) > 0:
            raise KafkaException("records of the publisher are still under way")


class HttpPublisher(Publisher):
    """Through a Flux process, one record after the other."""

    interval = 0.1

    def __init__(self, process, topics, keys, note):
        super().__init__(topics, keys, note)
        self._process = process

    def publish(self, topic, key, payload, event):
        what = self._ask(topic, key, payload)
        self._note(what, **event)

    def _ask(self, topic, key, payload):
        sent = False
        try:
            host = urllib.parse.urlsplit(self._process.admin).netloc
            connection = http.client.HTTPConnection(host, timeout=45)
            connection.connect()
            headers = {"Authorization": f"Bearer {self._process.token()}", "X-Record-Key": key}
            sent = True
            connection.request("POST", f"/bus/topics/{topic}/records", payload, headers)
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
        except (OSError, http.client.HTTPException):
            return "unknown" if sent else "refused"
        if answer.status not in _MEANS:
            self._note("line", role=self._process.role, level="error", event=f"answered {answer.status}", text=str(text[:300]))
        return _MEANS.get(answer.status, "unknown")
