"""The scenarios for py2neo 2021.2.4, a client for Bolt 2 to 4.3 with its own graph, transactions and records.

It takes all rows of a result before it hands out the first, and gives nobody a way to pass bookmarks on.
"""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytz
from interchange.geo import CartesianPoint, WGS84Point
from interchange.time import Date, DateTime, Duration, Time
from py2neo import ClientError, ConnectionUnavailable, Graph, Neo4jError
from py2neo.client import Connection

from report import PASSWORD, ROUTING_URI, ROWS, URI, USER, Skip, check_same, run_all

RUN = f"py2neo-{uuid.uuid4()}"  # marks the nodes of this run
CREATE = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name"
COUNT = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n"


def opened(uri=URI, password=PASSWORD):
    return Graph(uri, auth=(USER, password))


# ---- helpers; a runner is the graph or a transaction


def create(runner, name):
    check_same(runner.evaluate(CREATE, {"run": RUN, "name": name}), name)


def count(runner, name):
    return runner.evaluate(COUNT, {"run": RUN, "name": name})


def failure(work, code, kind=ClientError):
    try:
        work()
    except Neo4jError as error:
        check_same((error.code, type(error)), (code, kind), "failure")
        return
    raise AssertionError("expected a failure")


def echo(examples):
    for name, value in examples.items():
        got = graph.evaluate("RETURN $x AS x", {"x": value})
        # It sends a bytearray as bytes, and bytes as a string.
        check_same(bytearray(got) if isinstance(value, bytearray) else got, value, name)
    return f"{len(examples)} values"


# ---- the scenarios


async def connect():
    global graph
    graph = opened()
    check_same(graph.evaluate("RETURN 1 AS n"), 1)
    connection = Connection.open(graph.service.profile)
    version = ".".join(map(str, connection.protocol_version))
    connection.close()
    return f"{connection.server_agent}, Bolt {version}"


async def connect_routing():
    routed = opened(ROUTING_URI)
    create(routed, "routed")
    check_same(routed.query(COUNT, {"run": RUN, "name": "routed"}).evaluate(), 1)
    routed.service.connector.close()


async def auto_commit():
    check_same(graph.evaluate("RETURN 1 AS n"), 1)
    check_same(graph.run("RETURN $x AS x", {"x": "second"}).data(), [{"x": "second"}])


async def explicit_commit():
    tx = graph.begin()
    create(tx, "committed")
    create(tx, "committed")
    graph.commit(tx)
    check_same(count(graph, "committed"), 2)


async def explicit_rollback():
    tx = graph.begin()
    create(tx, "rolled-back")
    check_same(count(tx, "rolled-back"), 1)
    graph.rollback(tx)
    check_same(count(graph, "rolled-back"), 0)


async def managed():
    graph.update(lambda tx: create(tx, "managed"))
    check_same(graph.query(COUNT, {"run": RUN, "name": "managed"}).evaluate(), 1)


async def managed_retry():
    tries = 0

    def work(tx):
        nonlocal tries
        create(tx, "retried")
        tries += 1
        if tries == 1:
            raise Neo4jError("once", "Neo.TransientError.Transaction.DeadlockDetected")

    graph.update(work)
    check_same([tries, count(graph, "retried")], [2, 1])


async def stream():
    total = sum(n for (n,) in graph.run("UNWIND range(1, $n) AS n RETURN n", {"n": ROWS}))
    check_same(total, ROWS * (ROWS + 1) // 2)


async def values():
    return echo(
        {
            "null": None,
            "booleans": [True, False],
            "small integers": [0, -1, -16, -17, 127, 128, -128, -129],
            "large integers": [32767, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)],
            "floats": [0.5, -1.25, 1e300, -0.0, 5e-324, float("inf"), float("nan"), 1.1, 1.0],
            "strings": ["", "a", "ä€😀", "x" * 15, "x" * 16, "y" * 256, "z" * 100_000],
            "bytes": bytearray([0, 1, 127, 128, 255]),
            "many bytes": bytearray(70_000),
            "lists": [[], [1, "two", [3.5, None]], list(range(300))],
            "maps": {"empty": {}, "nested": {"deep": {"list": [1, {"x": True}]}}, "key with ä": "v"},
            "a large map": {f"key{n}": n for n in range(300)},
        }
    )


async def values_temporal():
    # It counts seconds as a float and sends a negative offset as almost one day.
    offset = pytz.FixedOffset(90)
    moment = DateTime(2024, 2, 29, 12, 34, 56.75)
    return echo(
        {
            "date": Date(2024, 2, 29),
            "date before 1970": Date(1582, 10, 4),
            "time": Time(12, 34, 56.75, tzinfo=offset),
            "local time": Time(12, 34, 56.75),
            "date time with offset": offset.localize(moment),
            "date time with zone": pytz.timezone("Europe/Berlin").localize(moment),
            "local date time": moment,
            "duration": Duration(months=14, days=-3, seconds=5, nanoseconds=999_999_999),
        }
    )


async def values_spatial():
    return echo(
        {
            "cartesian": CartesianPoint((1.5, -2.5)),
            "cartesian 3d": CartesianPoint((1.5, -2.5, 3.25)),
            "WGS 84": WGS84Point((12.99, 55.6)),
            "WGS 84 3d": WGS84Point((12.99, 55.6, 100.5)),
        }
    )


async def values_graph():
    text = (
        "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->(b:Interop {run: $run, name: 'b'})"
        " RETURN a, r, b"
    )
    try:
        (a, r, b), *_ = graph.run(text, {"run": RUN})
    except ClientError as error:
        if "texts that are known here" not in error.message:
            raise
        raise Skip("it looks up the ends of a relationship with queries of its own, which src/typed-backend.ts lacks")
    check_same([set(a.labels), dict(a)], [{"Interop"}, {"run": RUN, "name": "a"}])
    check_same([type(r).__name__, dict(r)], ["KNOWS", {"since": 2020}])
    check_same([r.start_node.identity, r.end_node.identity], [a.identity, b.identity], "ends")
    text = "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p"
    path = graph.evaluate(text, {"run": RUN})
    found = [path.start_node, path.end_node, *path.relationships]
    check_same([thing.identity for thing in found], [thing.identity for thing in [b, a, r]], "path")


async def failed():
    failure(lambda: graph.run("THIS IS NOT CYPHER"), "Neo.ClientError.Statement.SyntaxError")
    check_same(graph.evaluate("RETURN 1 AS n"), 1)


async def failure_in_stream():
    text = "UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x"
    failure(lambda: graph.run(text), "Neo.ClientError.Statement.ArithmeticError")
    check_same(count(graph, "nobody"), 0)


async def failure_in_tx():
    tx = graph.begin()
    create(tx, "failed")
    failure(lambda: tx.run("THIS IS NOT CYPHER"), "Neo.ClientError.Statement.SyntaxError")
    try:
        graph.commit(tx)
    except Exception:  # whatever it raises for a transaction that it has forgotten
        check_same(count(graph, "failed"), 0)
        return
    raise AssertionError("a failed transaction could be committed")


async def summary():
    written = graph.run(CREATE, {"run": RUN, "name": "counted"}).stats()
    counted = [written[name] for name in ("nodes_created", "labels_added", "properties_set")]
    check_same(counted, [1, 1, 2])
    return graph.run("EXPLAIN MATCH (n:Interop) RETURN n").plan()["operatorType"]


async def parallel():
    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(lambda n: graph.evaluate("RETURN $x AS x", {"x": n}), range(20)))
    check_same(got, list(range(20)))


async def wrong_password():
    try:
        opened(password=f"not-{PASSWORD}")
        raise AssertionError("let in with a wrong password")
    except ConnectionUnavailable as error:  # it fails on the connection that it has closed itself
        refused = error.__context__
        check_same((refused.code, type(refused)), ("Neo.ClientError.Security.Unauthorized", ClientError))
    check_same(opened().evaluate("RETURN 1 AS n"), 1)


SCENARIOS = {
    "connect": connect,
    "connect-routing": connect_routing,
    "auto-commit": auto_commit,
    "explicit-commit": explicit_commit,
    "explicit-rollback": explicit_rollback,
    "managed": managed,
    "managed-retry": managed_retry,
    "stream-100k": stream,
    "values": values,
    "values-temporal": values_temporal,
    "values-spatial": values_spatial,
    "values-graph": values_graph,
    "failure": failed,
    "failure-in-stream": failure_in_stream,
    "failure-in-tx": failure_in_tx,
    "summary": summary,
    "parallel": parallel,
    "wrong-password": wrong_password,
}

asyncio.run(run_all(SCENARIOS))
graph.run("MATCH (n:Interop {run: $run}) DETACH DELETE n", {"run": RUN})
