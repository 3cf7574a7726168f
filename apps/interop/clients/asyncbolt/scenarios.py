"""The scenarios for asyncbolt 0.0.2, a client for Bolt 1 on asyncio: sessions that run, pipeline and reset.

It has no transactions of its own: with Bolt 1 they are the statements BEGIN, COMMIT and ROLLBACK.
"""

import asyncio
import uuid
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncbolt
from asyncbolt.exception import ProtocolError, ServerFailedError

from report import PASSWORD, URI, USER, Skip, check_same, run_all

RUN = f"asyncbolt-{uuid.uuid4()}"  # marks the nodes of this run
CREATE = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name"
COUNT = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n"


class Protocol(asyncbolt.BoltClientProtocol):
    def __init__(self, loop, *, password):
        super().__init__(loop)
        self.password = password

    def get_init_params(self):
        return "interop/1.0", {"scheme": "basic", "principal": USER, "credentials": self.password}

    def connection_lost(self, exc):
        """Replaces the library's own, which stops the event loop even if others use it."""
        for waiter in (self.waiter, self.handshake_waiter):
            if not waiter.done():
                waiter.set_exception(exc or ConnectionError("the server closed the connection"))


@asynccontextmanager
async def connected(password=PASSWORD):
    address = urlsplit(URI)
    session = await asyncbolt.connect(
        loop=asyncio.get_running_loop(),
        host=address.hostname,
        port=address.port,
        protocol_class=Protocol,
        password=password,
    )
    try:
        yield session
    finally:
        session.close()


# ---- helpers


async def run(session, query, parameters=None):
    """Returns all rows and the server's closing metadata."""
    found, summary = [], {}
    async for message in session.run(query, parameters or {}, get_eof=True):
        if message.eof:
            summary = message.metadata
        else:
            found.append(message.fields)
    return found, summary


async def single(session, query, **parameters):
    found, _ = await run(session, query, parameters)
    check_same(len(found), 1, "rows")
    return found[0][0]


async def create(session, name):
    check_same(await single(session, CREATE, run=RUN, name=name), name)


async def count(session, name):
    return await single(session, COUNT, run=RUN, name=name)


async def failure(work, error=ServerFailedError):
    """Returns the server's error. The session reports it again after it has reset itself."""
    try:
        await work
    except error as failed:
        return str(failed.__cause__ or failed)
    raise AssertionError("expected a failure")


def check_code(words, code):
    if code not in words:
        raise AssertionError(f"expected {code}, got {words:.200}")


# ---- the scenarios


async def connect():
    async with connected() as session:
        check_same(await single(session, "RETURN 1 AS n"), 1)
    return "Bolt 1"


async def auto_commit():
    async with connected() as session:
        check_same(await single(session, "RETURN $x AS x", x="y"), "y")
        check_same(await single(session, "RETURN 1 AS n"), 1)


async def explicit_commit():
    async with connected() as session, connected() as other:
        await run(session, "BEGIN")
        await create(session, "commit")
        await create(session, "commit")
        await run(session, "COMMIT")
        check_same(await count(other, "commit"), 2)


async def explicit_rollback():
    async with connected() as session:
        await run(session, "BEGIN")
        await create(session, "rollback")
        await run(session, "ROLLBACK")
        check_same(await count(session, "rollback"), 0)
        async with connected() as left:
            await run(left, "BEGIN")
            await create(left, "rollback")
        # Closes without a message: the server has to notice it.
        for _ in range(100):
            if await count(session, "rollback") == 0:
                return
            await asyncio.sleep(0.02)
        raise AssertionError("what was left open is still there")


async def stream_100k():
    raise Skip("its parser loses its place when a message comes in two reads")


async def values():
    # The values that it can write and read: it counts the characters of a string instead of its bytes, corrupts -16
    # to -1, and has no bytes.
    examples = [
        None,
        [True, False],
        [0, -17, 127, 128, -128, -129, 32767, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)],
        [0.5, -1.25, 1e300, 5e-324, 1.1],
        ["", "a", "x" * 15, "x" * 16, "y" * 256],
        [[], [1, "two", [3.5, None]], list(range(300))],
        {"empty": {}, "nested": {"deep": {"list": [1, {"x": True}]}}, "key": "v"},
    ]
    async with connected() as session:
        for value in examples:
            check_same(await single(session, "RETURN $x AS x", x=value), value)
    return "without bytes, letters beyond ASCII and the numbers from -16 to -1"


async def values_graph():
    text = (
        "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->(b:Interop {run: $run, name: 'b'})"
        " RETURN a, r, b"
    )
    async with connected() as session:
        found, _ = await run(session, text, {"run": RUN})
        a, r, b = found[0]
        check_same((a.labels, a.properties), (["Interop"], {"run": RUN, "name": "a"}), "node")
        check_same((r.type, r.properties), ("KNOWS", {"since": 2020}), "relationship")
        check_same((r.startNodeIdentity, r.endNodeIdentity), (a.nodeIdentity, b.nodeIdentity), "ends")
        # A path contains a negative number, which this client reads wrongly.


async def failed():
    async with connected() as session:
        words = await failure(run(session, "THIS IS NOT CYPHER"))
        check_code(words, "Neo.ClientError.Statement.SyntaxError")
        check_same(await single(session, "RETURN 1 AS n"), 1)


async def failure_in_tx():
    async with connected() as session:
        await run(session, "BEGIN")
        await create(session, "failed")
        await failure(run(session, "THIS IS NOT CYPHER"))
        check_same(await count(session, "failed"), 0)


async def bookmarks():
    bookmark = None
    async with connected() as session:
        for _ in range(3):
            await run(session, "BEGIN", {"bookmark": bookmark} if bookmark else {})
            await create(session, "bookmark")
            _, summary = await run(session, "COMMIT")
            bookmark = summary["bookmark"]
    async with connected() as other:
        await run(other, "BEGIN", {"bookmark": bookmark})
        check_same(await count(other, "bookmark"), 3)
        await run(other, "COMMIT")


async def summary():
    async with connected() as session:
        _, written = await run(session, CREATE, {"run": RUN, "name": "summary"})
        check_same((written["type"], written["stats"]["nodes-created"]), ("rw", 1), "write")
        _, planned = await run(session, "EXPLAIN MATCH (n:Interop) RETURN n")
        check_same(bool(planned["plan"]["operatorType"]), True, "plan")


async def pipelined():
    """Several queries in one write."""
    async with connected() as session:
        for n in range(3):
            session.pipeline("RETURN $x AS x", {"x": n})
        found = [message.fields[0] async for message in session.run("RETURN $x AS x", {"x": 3})]
        check_same(found, [0, 1, 2, 3])


async def parallel():
    async def one(n):
        async with connected() as session:
            check_same(await single(session, "RETURN $x AS x", x=n), n)

    await asyncio.gather(*(one(n) for n in range(20)))
    await pipelined()


async def wrong_password():
    async def attempt():
        async with connected("wrong"):
            pass

    check_code(await failure(attempt(), ProtocolError), "Neo.ClientError.Security.Unauthorized")
    await connect()


async def clean_up():
    async with connected() as session:
        await run(session, "MATCH (n:Interop {run: $run}) DETACH DELETE n", {"run": RUN})


async def main():
    await run_all(
        {
            "connect": connect,
            "auto-commit": auto_commit,
            "explicit-commit": explicit_commit,
            "explicit-rollback": explicit_rollback,
            "stream-100k": stream_100k,
            "values": values,
            "values-graph": values_graph,
            "failure": failed,
            "failure-in-tx": failure_in_tx,
            "bookmarks": bookmarks,
            "summary": summary,
            "parallel": parallel,
            "wrong-password": wrong_password,
        }
    )
    await clean_up()


asyncio.run(main())
