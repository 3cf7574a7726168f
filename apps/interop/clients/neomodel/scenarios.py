"""What a program written with neomodel does: models, labels installed, objects saved, found, related and deleted.

The way of reporting is the Python driver's, report.py; src/tools.ts starts this.
"""

import asyncio
import uuid
from urllib.parse import quote

from neomodel import IntegerProperty, RelationshipTo, StringProperty, StructuredNode, UniqueIdProperty, db

from report import PASSWORD, URI, USER, check_same, run_all

RUN = f"neomodel-{uuid.uuid4()}"  # marks the nodes of this run


class InteropPerson(StructuredNode):
    uid = UniqueIdProperty()
    run = StringProperty(index=True)
    name = StringProperty(required=True)
    born = IntegerProperty()
    knows = RelationshipTo("InteropPerson", "KNOWS")


async def connect():
    scheme, address = URI.split("://")
    db.set_connection(url=f"{scheme}://{quote(USER)}:{quote(PASSWORD)}@{address}")
    check_same(db.cypher_query("RETURN 1 AS n")[0], [[1]])
    return f"server {db.database_version}, {db.database_edition}"


async def labels():
    db.install_labels(InteropPerson, quiet=True)
    return f"{len(db.list_indexes())} indexes, {len(db.list_constraints())} constraints"


async def write_read():
    InteropPerson(run=RUN, name="Ann", born=1920).save()
    found = InteropPerson.nodes.get(run=RUN, name="Ann")
    check_same((found.name, found.born), ("Ann", 1920))


async def query():
    with db.transaction:
        InteropPerson(run=RUN, name="Bob", born=1950).save()
    young = InteropPerson.nodes.filter(run=RUN, born__gt=1930).order_by("name")
    check_same([person.name for person in young], ["Bob"])
    check_same(len(InteropPerson.nodes.filter(run=RUN)), 2, "count")


async def related():
    ann, bob = (InteropPerson.nodes.get(run=RUN, name=name) for name in ("Ann", "Bob"))
    ann.knows.connect(bob)
    check_same([person.name for person in ann.knows.all()], ["Bob"])
    check_same(ann.knows.is_connected(bob), True, "is_connected")


async def rollback():
    try:
        with db.transaction:
            InteropPerson(run=RUN, name="Cid").save()
            raise KeyError
    except KeyError:
        check_same(InteropPerson.nodes.get_or_none(run=RUN, name="Cid"), None)


async def delete():
    for person in InteropPerson.nodes.filter(run=RUN).all():
        person.delete()
    check_same(InteropPerson.nodes.get_or_none(run=RUN, name="Ann"), None)


SCENARIOS = {
    "connect": connect,
    "labels": labels,
    "write-read": write_read,
    "query": query,
    "related": related,
    "rollback": rollback,
    "delete": delete,
}
asyncio.run(run_all(SCENARIOS))
