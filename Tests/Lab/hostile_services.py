"""Services that mean harm, one behaviour a port: run as `hostile_services.py NAME=PORT...`."""

import os
import selectors
import socket
import sys
import threading
import time


def endless(connection):
    block = os.urandom(65536)
    while True:
        connection.sendall(block)


def endless_text(connection):
    while True:
        connection.sendall(b"220-come in and find out\r\n" * 1000)


def endless_fields(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Field: " + b"a" * 4000 + b"\r\n")


def drip(connection):
    for octet in b"220 a very slow greeting that takes longer than anybody waits " * 10:
        connection.sendall(bytes([octet]))
        time.sleep(1)


def drip_page(connection):
    connection.recv(4096)
    for octet in b"HTTP/1.1 200 OK\r\nServer: molasses/1.0\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000:
        connection.sendall(bytes([octet]))
        time.sleep(0.1)


def flood(connection):
    """Octet by octet, as fast as the network takes it."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        connection.sendall(b"2")


def junk(connection):
    connection.sendall(bytes(range(256)))
    connection.recv(4096)
    time.sleep(60)


def silent(connection):
    time.sleep(60)


def closing(connection):
    connection.close()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def records(connection):
    """Handshake records of TLS without end, none of which says anything."""
    connection.recv(4096)
    while True:
        connection.sendall(b"\x16\x03\x03\x40\x00" + b"\x02\x00\xff\xff" + b"\0" * 16380)


def echo(connection):
    while octets := connection.recv(4096):
        connection.sendall(octets)


BEHAVIOURS = {
    name.replace("_", "-"): function
    for name, function in list(globals().items())
    if callable(function) and getattr(function, "__module__", None) == __name__
}


def serve(behaviour, connection):
    try:
        behaviour(connection)
    except OSError:
        pass
    finally:
        connection.close()


def main():
    selector = selectors.DefaultSelector()
    for argument in sys.argv[1:]:
        name, port = argument.split("=")
        listener = socket.create_server(("127.0.0.1", int(port)), backlog=128)
        selector.register(listener, selectors.EVENT_READ, BEHAVIOURS[name.rstrip("0123456789")])
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            connection, _ = key.fileobj.accept()
            threading.Thread(target=serve, args=(key.data, connection), daemon=True).start()


if __name__ == "__main__":
    main()
