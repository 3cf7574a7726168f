"""What a program written with langchain-neo4j does with a graph: queries, documents stored, the schema for a prompt.

The way of reporting is the Python driver's, report.py; src/tools.ts starts this.
"""

import asyncio
import uuid

from langchain_core.documents import Document
from langchain_neo4j import Neo4jGraph
from langchain_neo4j.graphs.graph_document import GraphDocument, Node, Relationship
from neo4j.exceptions import ClientError

from report import PASSWORD, URI, USER, Skip, check_same, run_all

RUN = f"langchain-{uuid.uuid4()}"  # marks the nodes of this run
graph = None


async def connect():
    global graph
    graph = Neo4jGraph(url=URI, username=USER, password=PASSWORD, refresh_schema=False)
    check_same(graph.query("RETURN 1 AS n"), [{"n": 1}])
    return graph._driver.get_server_info().agent


async def write_read():
    written = graph.query(
        "CREATE (n:InteropPerson {run: $run, name: $name}) RETURN n.name AS name", {"run": RUN, "name": "Ann"}
    )
    check_same(written, [{"name": "Ann"}])
    read = graph.query("MATCH (n:InteropPerson {run: $run}) RETURN n.name AS name", {"run": RUN})
    check_same(read, [{"name": "Ann"}])


async def documents():
    ann = Node(id=f"{RUN}-ann", type="InteropPerson", properties={"run": RUN})
    bob = Node(id=f"{RUN}-bob", type="InteropPerson", properties={"run": RUN})
    knows = Relationship(source=ann, target=bob, type="KNOWS")
    document = GraphDocument(nodes=[ann, bob], relationships=[knows], source=Document(page_content="Ann knows Bob"))
    try:
        graph.query("RETURN apoc.version()")
    except ClientError:
        raise Skip("stored by procedures of APOC, which is not there") from None
    graph.add_graph_documents([document])
    found = graph.query("MATCH ({id: $id})-[:KNOWS]->(b) RETURN b.id AS id", {"id": ann.id})
    check_same(found, [{"id": bob.id}])


async def schema():
    try:
        graph.refresh_schema()
    except ClientError as error:
        if "ProcedureNotFound" not in error.code:
            raise
        raise Skip("read by procedures of APOC, which is not there") from None
    check_same("InteropPerson" in graph.get_schema, True, f"label in {graph.get_schema}")


async def delete():
    graph.query("MATCH (n {run: $run}) DETACH DELETE n", {"run": RUN})
    check_same(graph.query("MATCH (n {run: $run}) RETURN count(n) AS n", {"run": RUN}), [{"n": 0}])


SCENARIOS = {
    "connect": connect,
    "write-read": write_read,
    "documents": documents,
    "schema": schema,
    "delete": delete,
}
asyncio.run(run_all(SCENARIOS))
