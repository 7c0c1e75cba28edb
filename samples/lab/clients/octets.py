"""Reads from a connection for the endpoints of this folder."""


def read_exactly(connection, count):
    """So many bytes; EOFError where the other side closes before."""
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError("closed")
        data += more
    return data
