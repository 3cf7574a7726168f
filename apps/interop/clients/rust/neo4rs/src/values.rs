//! Values of every type that neo4rs has.

use chrono::{FixedOffset, NaiveDate, NaiveTime, TimeZone};
use neo4rs::{
    BoltFloat, BoltList, BoltMap, BoltNull, BoltPoint2D, BoltPoint3D, BoltType, Error, Node, Path, Relation,
    query,
};

use crate::Client;
use crate::report::{Outcome, check_same, done};

type Examples = Vec<(&'static str, BoltType)>;

pub fn values() -> Examples {
    let null = || BoltType::Null(BoltNull);
    let strings = ["", "a", "ä€😀"].map(String::from).into_iter();
    let long = [("x", 15), ("x", 16), ("y", 256), ("z", 100_000)].map(|(text, n)| text.repeat(n));
    vec![
        ("null", null()),
        ("booleans", list([true.into(), false.into()])),
        (
            "small integers",
            integers([0, -1, -16, -17, 127, 128, -128, -129]),
        ),
        (
            "large integers",
            integers([32767, 1 << 31, (1 << 53) + 1, i64::MAX, i64::MIN]),
        ),
        (
            "floats",
            list([0.5, -1.25, 1e300, -0.0, 5e-324, f64::INFINITY, f64::NAN, 1.1, 1.0].map(BoltType::from)),
        ),
        ("strings", list(strings.chain(long).map(BoltType::from))),
        ("no bytes", BoltType::from(Vec::<u8>::new())),
        ("bytes", BoltType::from(vec![0_u8, 1, 127, 128, 255])),
        ("many bytes", BoltType::from(vec![7_u8; 70_000])),
        (
            "lists",
            list([
                list([]),
                list([1.into(), "two".into(), list([3.5.into(), null()])]),
                integers(0..300),
            ]),
        ),
        (
            "maps",
            map([
                ("empty", map([])),
                ("nested", map([("deep", map([("x", true.into())]))])),
            ]),
        ),
    ]
}

pub fn temporal() -> Examples {
    let clock = NaiveTime::from_hms_nano_opt(12, 34, 56, 789_000_001).unwrap();
    let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    let offset = FixedOffset::west_opt(5400).unwrap();
    vec![
        ("date", day.into()),
        (
            "date before 1970",
            NaiveDate::from_ymd_opt(1582, 10, 4).unwrap().into(),
        ),
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
    let text = "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->\
                (b:Interop {run: $run, name: 'b'}) RETURN a, r, b";
    let mut result = client
        .graph
        .execute(query(text).param("run", client.run.as_str()))
        .await?;
    let row = result.next().await?.ok_or(Error::NoMoreRows)?;
    let (a, r, b): (Node, Relation, Node) = (row.get("a")?, row.get("r")?, row.get("b")?);
    check_same(a.labels(), vec!["Interop"], "labels")?;
    check_same(a.get::<String>("name")?, "a".into(), "properties")?;
    check_same((r.typ(), r.get::<i64>("since")?), ("KNOWS", 2020), "relationship")?;
    check_same((r.start_node_id(), r.end_node_id()), (a.id(), b.id()), "ends")?;
    result.next().await?;
    drop(result);

    let text =
        "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p";
    let mut result = client
        .graph
        .execute(query(text).param("run", client.run.as_str()))
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

fn list(items: impl IntoIterator<Item = BoltType>) -> BoltType {
    BoltType::List(BoltList::from(items.into_iter().collect::<Vec<_>>()))
}

fn integers(items: impl IntoIterator<Item = i64>) -> BoltType {
    list(items.into_iter().map(BoltType::from))
}

fn map<const N: usize>(pairs: [(&str, BoltType); N]) -> BoltType {
    let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value));
    BoltType::Map(pairs.collect::<BoltMap>())
}
