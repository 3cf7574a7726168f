//! Values of every type that neo4rs has.

use chrono::TimeZone;
use neo4rs::{
    BoltFloat, BoltList, BoltMap, BoltNull, BoltPoint2D, BoltPoint3D, BoltType, Error, Node, Path, Relation,
    query,
};

use crate::Client;
use crate::examples::{self, CREATE_GRAPH, MATCH_PATH, Plain, clock, day, offset, old_day};
use crate::report::{Outcome, check_same, done};

type Examples = Vec<(&'static str, BoltType)>;

pub fn values() -> Examples {
    examples::values()
        .into_iter()
        .map(|(name, plain)| (name, own(plain)))
        .collect()
}

pub fn temporal() -> Examples {
    let (clock, day, offset) = (clock(), day(), offset());
    vec![
        ("date", day.into()),
        ("date before 1970", old_day().into()),
        ("time", (clock, offset).into()),
        ("local time", clock.into()),
        (
            "date time with offset",
            offset.from_local_datetime(&day.and_time(clock)).unwrap().into(),
        ),
        (
            "date time with zone",
            (day.and_time(clock), "Europe/Berlin").into(),
        ),
        ("local date time", day.and_time(clock).into()),
        ("duration", std::time::Duration::new(100_000, 999_999_999).into()),
    ]
}

pub fn spatial() -> Examples {
    let f = BoltFloat::new;
    let flat = |srid: i64, x: f64, y: f64| {
        BoltType::Point2D(BoltPoint2D {
            sr_id: srid.into(),
            x: f(x),
            y: f(y),
        })
    };
    let deep = |srid: i64, x: f64, y: f64, z: f64| {
        BoltType::Point3D(BoltPoint3D {
            sr_id: srid.into(),
            x: f(x),
            y: f(y),
            z: f(z),
        })
    };
    vec![
        ("cartesian", flat(7203, 1.5, -2.5)),
        ("cartesian 3d", deep(9157, 1.5, -2.5, 3.25)),
        ("WGS 84", flat(4326, 12.99, 55.6)),
        ("WGS 84 3d", deep(4979, 12.99, 55.6, 100.5)),
    ]
}

pub async fn graph(client: &Client) -> Outcome {
    let mut result = client
        .graph
        .execute(query(CREATE_GRAPH).param("run", client.run.as_str()))
        .await?;
    let row = result.next().await?.ok_or(Error::NoMoreRows)?;
    let (a, r, b): (Node, Relation, Node) = (row.get("a")?, row.get("r")?, row.get("b")?);
    check_same(a.labels(), vec!["Interop"], "labels")?;
    check_same(a.get::<String>("name")?, "a".into(), "properties")?;
    check_same((r.typ(), r.get::<i64>("since")?), ("KNOWS", 2020), "relationship")?;
    check_same((r.start_node_id(), r.end_node_id()), (a.id(), b.id()), "ends")?;
    result.next().await?;
    drop(result);

    let mut result = client
        .graph
        .execute(query(MATCH_PATH).param("run", client.run.as_str()))
        .await?;
    let path: Path = result.next().await?.ok_or(Error::NoMoreRows)?.get("p")?;
    let nodes: Vec<i64> = path.nodes().iter().map(Node::id).collect();
    check_same(
        (nodes, path.rels()[0].id()),
        (vec![b.id(), a.id()], r.id()),
        "path",
    )?;
    done()
}

/// The same value in this crate's types.
fn own(plain: Plain) -> BoltType {
    match plain {
        Plain::Null => BoltType::Null(BoltNull),
        Plain::Boolean(value) => value.into(),
        Plain::Integer(value) => value.into(),
        Plain::Float(value) => value.into(),
        Plain::String(value) => value.into(),
        Plain::Bytes(value) => value.into(),
        Plain::List(items) => BoltType::List(BoltList::from(items.into_iter().map(own).collect::<Vec<_>>())),
        Plain::Map(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| (key.into(), own(value)));
            BoltType::Map(pairs.collect::<BoltMap>())
        }
    }
}
