"""Real listeners of the test's own process."""

import collections
import socket
import threading


class Listener:
    """A TCP listener that accepts, counts, and closes.

    Others may probe this machine's 127.0.0.1 at the same time: a test that counts connections listens on, or counts by,
    another address of 127.0.0.0/8.
    """

    def __init__(self, test, address="127.0.0.1", port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen(512)
        self.address = address
        self.port = self.socket.getsockname()[1]
        self.accepted = collections.Counter()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        test.addCleanup(self.close)

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            try:
                self.accepted[connection.getsockname()[0]] += 1
            except OSError:
                pass
            connection.close()

    def count(self, network):
        """Connections accepted at addresses that begin with `network`."""
        return sum(count for address, count in list(self.accepted.items()) if address.startswith(network))

    def close(self):
        try:
            # Wakes the accept, which a mere close would not (accept(2) holds the open file).
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        self._thread.join(5)


def closed_port():
    """A bound socket that does not listen, for the caller to close, and its port."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]
