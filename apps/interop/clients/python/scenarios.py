"""The scenarios for the Python driver 1.7 and 4.4 to 6, through its synchronous or its asynchronous API.

One source for both: with BOLT_API=sync nothing is awaited, because `now` finds nothing to await, so the
coroutines here run through without an event loop.
"""

import asyncio
import inspect
import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import neo4j
from neo4j import exceptions

import values
from report import PASSWORD, ROUTING_URI, ROWS, URI, USER, Skip, check_same, run_all

ASYNC = os.environ["BOLT_API"] == "async"
RUN = f"python-{uuid.uuid4()}"  # marks the nodes of this run
STREAM = "UNWIND range(1, $n) AS n RETURN n"
CREATE = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name"
COUNT = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n"


# ---- differences between the two APIs and between driver versions


async def now(value):
    return await value if inspect.isawaitable(value) else value


def to_end(coroutine):
    """Runs a coroutine that never really waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the synchronous API made something to wait for")


CLASSIC = neo4j.__version__.startswith("1.")
ServerError = exceptions.CypherError if CLASSIC else exceptions.Neo4jError


def connect(uri=URI, password=PASSWORD):
    if CLASSIC:  # encrypts unless told otherwise, and connects at once
        uri = uri.replace("neo4j://", "bolt+routing://")
        return neo4j.GraphDatabase.driver(uri, auth=(USER, password), encrypted=False)
    if ASYNC:
        return neo4j.AsyncGraphDatabase.driver(uri, auth=(USER, password))
    return neo4j.GraphDatabase.driver(uri, auth=(USER, password))


@asynccontextmanager
async def opened(thing):
    try:
        yield thing
    finally:
        await now(thing.close())


async def rows(result):
    if ASYNC:
        async for row in result:
            yield row
    else:
        for row in result:
            yield row


async def managed(session, access, work):
    function = getattr(session, f"execute_{access}", None) or getattr(session, f"{access}_transaction")
    return await now(function(work if ASYNC else lambda tx: to_end(work(tx))))


async def last_bookmarks(session):
    if hasattr(session, "last_bookmarks"):
        return await now(session.last_bookmarks())
    return [session.last_bookmark()]


def version(server):
    """The Bolt version; driver 1.7 has a single number."""
    bolt = server.protocol_version
    return bolt if isinstance(bolt, tuple) else (bolt, 0)


def ident(thing):
    return getattr(thing, "element_id", None) or thing.id


# ---- helpers


async def single(runner, query, **parameters):
    result = await now(runner.run(query, parameters))
    return (await now(result.single()))[0]


async def create(runner, name):
    check_same(await single(runner, CREATE, run=RUN, name=name), name)


async def count(runner, name):
    return await single(runner, COUNT, run=RUN, name=name)


async def failure(awaitable):
    try:
        await awaitable
    except ServerError as error:
        return error
    raise AssertionError("expected a failure")


async def echo(examples, since=None):
    if not examples:
        raise Skip("not in this client")
    async with opened(driver.session()) as session:
        if since:
            result = await now(session.run("RETURN 1 AS n"))
            summary = await now(result.consume())
            if version(summary.server) < since:
                raise Skip(f"needs Bolt {since[0]}.{since[1]}")
        for name, value in examples.items():
            got = await single(session, "RETURN $x AS x", x=value)
            check_same(got, value, name)
    return f"{len(examples)} values"


# ---- scenarios


async def connect_():
    if not CLASSIC:
        await now(driver.verify_connectivity())
    async with opened(driver.session()) as session:
        result = await now(session.run("RETURN 1 AS n"))
        server = (await now(result.consume())).server
    agent = server.version if CLASSIC else server.agent
    return f"{agent}, Bolt {'.'.join(map(str, version(server)))}"


async def connect_routing():
    async with opened(connect(ROUTING_URI)) as routed:
        async with opened(routed.session()) as session:
            await create(session, "routed")
        async with opened(routed.session(default_access_mode=neo4j.READ_ACCESS)) as session:
            check_same(await count(session, "routed"), 1)


async def auto_commit():
    async with opened(driver.session()) as session:
        check_same(await single(session, "RETURN 1 AS n"), 1)
        result = await now(session.run("RETURN $x AS x", x="second"))
        check_same([dict(row) async for row in rows(result)], [{"x": "second"}])


async def explicit_commit():
    async with opened(driver.session()) as session:
        tx = await now(session.begin_transaction())
        await create(tx, "committed")
        await create(tx, "committed")
        await now(tx.commit())
        check_same(await count(session, "committed"), 2)


async def explicit_rollback():
    async with opened(driver.session()) as session:
        tx = await now(session.begin_transaction())
        await create(tx, "rolled-back")
        check_same(await count(tx, "rolled-back"), 1)
        await now(tx.rollback())
        closed = await now(session.begin_transaction())
        await create(closed, "rolled-back")
        await now(closed.close())
        check_same(await count(session, "rolled-back"), 0)


async def managed_():
    async with opened(driver.session()) as session:
        await managed(session, "write", lambda tx: create(tx, "managed"))
        check_same(await managed(session, "read", lambda tx: count(tx, "managed")), 1)


async def managed_retry():
    tries = 0

    async def work(tx):
        nonlocal tries
        await create(tx, "retried")
        tries += 1
        if tries == 1:
            raise exceptions.TransientError("once")

    async with opened(driver.session()) as session:
        await managed(session, "write", work)
        check_same([tries, await count(session, "retried")], [2, 1])


async def execute_query():
    if not hasattr(driver, "execute_query"):
        raise Skip("came with driver 5")
    records, _, keys = await now(driver.execute_query("RETURN $x AS x", x=1.5))
    check_same([keys, records[0]["x"]], [["x"], 1.5])


async def stream():
    async with opened(driver.session()) as session:
        result = await now(session.run(STREAM, n=ROWS))
        total = 0
        async for row in rows(result):
            total += row["n"]
        check_same(total, ROWS * (ROWS + 1) // 2)


async def nested_results():
    async with opened(driver.session()) as session:
        tx = await now(session.begin_transaction())
        seen = 0
        async for row in rows(await now(tx.run(STREAM, n=3000))):
            seen += 1
            if seen % 500 == 0:
                check_same(await single(tx, "RETURN $x AS x", x=row["n"]), seen)
        await now(tx.commit())
        check_same(seen, 3000)


async def values_graph():
    async with opened(driver.session()) as session:
        result = await now(
            session.run(
                "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->"
                "(b:Interop {run: $run, name: 'b'}) RETURN a, r, b",
                run=RUN,
            )
        )
        a, r, b = await now(result.single())
        check_same([set(a.labels), dict(a)], [{"Interop"}, {"run": RUN, "name": "a"}])
        check_same([r.type, dict(r)], ["KNOWS", {"since": 2020}])
        check_same([ident(r.start_node), ident(r.end_node)], [ident(a), ident(b)], "ends")
        path = await single(
            session,
            "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p",
            run=RUN,
        )
        found = [path.start_node, path.end_node, *path.relationships]
        check_same([ident(thing) for thing in found], [ident(thing) for thing in [b, a, r]], "path")


async def failure_():
    async with opened(driver.session()) as session:
        error = await failure(single(session, "THIS IS NOT CYPHER"))
        check_same(error.code, "Neo.ClientError.Statement.SyntaxError")
        check_same(type(error), exceptions.CypherSyntaxError)
        check_same(await single(session, "RETURN 1 AS n"), 1)
    status = getattr(error, "gql_status", None)
    return status and f"gql_status {status}"


async def failure_in_stream():
    seen = 0

    async def read(session):
        nonlocal seen
        async for _ in rows(await now(session.run("UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x"))):
            seen += 1

    async with opened(driver.session()) as session:
        error = await failure(read(session))
        check_same(error.code, "Neo.ClientError.Statement.ArithmeticError")
        check_same(await count(session, "nobody"), 0)
    return f"{seen} rows before it"


async def failure_in_tx():
    async with opened(driver.session()) as session:
        tx = await now(session.begin_transaction())
        await create(tx, "failed")
        error = await failure(single(tx, "THIS IS NOT CYPHER"))
        check_same(type(error), exceptions.CypherSyntaxError)
        if not CLASSIC:  # there, a commit after a failure quietly rolls back
            try:
                await now(tx.commit())
                raise AssertionError("a failed transaction could be committed")
            except exceptions.TransactionError:
                pass
        check_same(await count(session, "failed"), 0)


async def bookmarks():
    chain = None
    for _ in range(3):
        async with opened(driver.session(bookmarks=chain)) as session:
            await managed(session, "write", lambda tx: create(tx, "chained"))
            chain = await last_bookmarks(session)
    async with opened(driver.session(bookmarks=chain)) as session:
        check_same(await managed(session, "read", lambda tx: count(tx, "chained")), 3)
    return next(iter(getattr(chain, "raw_values", chain)))[:40]


async def cancel():
    for _ in range(5):
        async with opened(driver.session()) as session:
            result = await now(session.run(STREAM, n=ROWS))
            seen = 0
            async for _row in rows(result):
                seen += 1
                if seen == 10:
                    break
            await now(result.consume())  # discards the rest
            check_same(await single(session, "RETURN 1 AS n"), 1)
    async with opened(driver.session()) as session:
        await now(session.run(STREAM, n=ROWS))  # left by closing the session
    if ASYNC:
        session = driver.session()
        await session.run(STREAM, n=ROWS)
        session.cancel()
    async with opened(driver.session()) as session:
        check_same(await count(session, "nobody"), 0)


async def summary():
    async with opened(driver.session()) as session:
        result = await now(session.run(CREATE, run=RUN, name="counted"))
        written = await now(result.consume())
        counters = written.counters
        check_same([counters.nodes_created, counters.labels_added, counters.properties_set], [1, 1, 2])
        check_same(written.statement_type if CLASSIC else written.query_type, "rw")
        result = await now(session.run("EXPLAIN MATCH (n:Interop) RETURN n"))
        plan = (await now(result.consume())).plan
    return plan.operator_type if CLASSIC else plan["operatorType"]


async def parallel():
    async def one(n):
        async with opened(driver.session()) as session:
            return await single(session, "RETURN $x AS x", x=n)

    if ASYNC:
        got = await asyncio.gather(*map(one, range(20)))
    else:
        with ThreadPoolExecutor(20) as pool:
            got = list(pool.map(lambda n: to_end(one(n)), range(20)))
    check_same(list(got), list(range(20)))


async def wrong_password():
    async def knock():
        async with opened(connect(password=f"not-{PASSWORD}")) as stranger:
            async with opened(stranger.session()) as session:
                await single(session, "RETURN 1 AS n")

    error = await failure(knock())
    if not CLASSIC:  # there, the code is lost
        check_same(error.code, "Neo.ClientError.Security.Unauthorized")
    check_same(type(error), exceptions.AuthError)
    async with opened(connect()) as friend:
        async with opened(friend.session()) as session:
            check_same(await single(session, "RETURN 1 AS n"), 1)


SCENARIOS = {
    "connect": connect_,
    "connect-routing": connect_routing,
    "auto-commit": auto_commit,
    "explicit-commit": explicit_commit,
    "explicit-rollback": explicit_rollback,
    "managed": managed_,
    "managed-retry": managed_retry,
    "execute-query": execute_query,
    "stream-100k": stream,
    "nested-results": nested_results,
    "values": lambda: echo(values.VALUES),
    "values-temporal": lambda: echo(values.temporal()),
    "values-spatial": lambda: echo(values.SPATIAL),
    "values-graph": values_graph,
    "values-vector": lambda: echo(values.vectors(), since=(6, 0)),
    "values-uuid": lambda: echo({"uuid": uuid.UUID("550e8400-e29b-41d4-a716-446655440000")}, since=(6, 1)),
    "failure": failure_,
    "failure-in-stream": failure_in_stream,
    "failure-in-tx": failure_in_tx,
    "bookmarks": bookmarks,
    "cancel": cancel,
    "summary": summary,
    "parallel": parallel,
    "wrong-password": wrong_password,
}


async def main():
    global driver
    async with opened(connect()) as driver:
        await run_all(SCENARIOS)
        async with opened(driver.session()) as session:
            result = await now(session.run("MATCH (n:Interop {run: $run}) DETACH DELETE n", run=RUN))
            await now(result.consume())


if ASYNC:
    asyncio.run(main())
else:
    to_end(main())
