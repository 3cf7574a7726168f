//! Values of every type that the crate has.

use chrono::{FixedOffset, NaiveDate, NaiveTime, TimeZone};
use neo4j::value::spatial::{Cartesian2D, Cartesian3D, WGS84_2D, WGS84_3D};
use neo4j::value::time::{Duration, Time, Tz};
use neo4j::{ValueReceive, ValueSend};

use crate::report::{Outcome, check_same, done, fail};
use crate::{Client, scalar};

type Examples = Vec<(&'static str, ValueSend)>;

pub fn values() -> Examples {
    let strings = ["", "a", "ä€😀"].map(String::from).into_iter();
    let long = [("x", 15), ("x", 16), ("y", 256), ("z", 100_000)].map(|(text, n)| text.repeat(n));
    vec![
        ("null", ValueSend::Null),
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
            list([0.5, -1.25, 1e300, -0.0, 5e-324, f64::INFINITY, f64::NAN, 1.1, 1.0].map(ValueSend::Float)),
        ),
        ("strings", list(strings.chain(long).map(ValueSend::String))),
        ("no bytes", ValueSend::Bytes(vec![])),
        ("bytes", ValueSend::Bytes(vec![0, 1, 127, 128, 255])),
        ("many bytes", ValueSend::Bytes(vec![7; 70_000])),
        (
            "lists",
            list([
                list([]),
                list([1.into(), "two".into(), list([3.5.into(), ValueSend::Null])]),
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
    let local = day.and_time(clock);
    let offset = FixedOffset::west_opt(5400).unwrap();
    let berlin = Tz::Europe__Berlin;
    vec![
        ("date", ValueSend::Date(day)),
        (
            "date before 1970",
            ValueSend::Date(NaiveDate::from_ymd_opt(1582, 10, 4).unwrap()),
        ),
        ("time", ValueSend::Time(Time { time: clock, offset })),
        ("local time", ValueSend::LocalTime(clock)),
        (
            "date time with offset",
            ValueSend::DateTimeFixed(offset.from_local_datetime(&local).unwrap()),
        ),
        (
            "date time with zone",
            ValueSend::DateTime(berlin.from_local_datetime(&local).unwrap()),
        ),
        ("local date time", ValueSend::LocalDateTime(local)),
        (
            "duration",
            ValueSend::Duration(Duration::new(14, -3, 5, 999_999_999).unwrap()),
        ),
    ]
}

pub fn spatial() -> Examples {
    vec![
        ("cartesian", ValueSend::Cartesian2D(Cartesian2D::new(1.5, -2.5))),
        (
            "cartesian 3d",
            ValueSend::Cartesian3D(Cartesian3D::new(1.5, -2.5, 3.25)),
        ),
        ("WGS 84", ValueSend::WGS84_2D(WGS84_2D::new(12.99, 55.6))),
        (
            "WGS 84 3d",
            ValueSend::WGS84_3D(WGS84_3D::new(12.99, 55.6, 100.5)),
        ),
    ]
}

pub fn graph(client: &Client) -> Outcome {
    let text = "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->\
                (b:Interop {run: $run, name: 'b'}) RETURN a, r, b";
    let created = client
        .driver
        .execute_query(text)
        .with_parameters(client.named(""))
        .run()?;
    let mut values = created.into_values().next().into_iter().flatten();
    let (Some(ValueReceive::Node(a)), Some(ValueReceive::Relationship(r)), Some(ValueReceive::Node(b))) =
        (values.next(), values.next(), values.next())
    else {
        return fail("expected node, relationship, node");
    };
    check_same(a.labels.clone(), vec!["Interop".into()], "labels")?;
    check_same(
        a.properties.get("name"),
        Some(&ValueReceive::String("a".into())),
        "properties",
    )?;
    check_same(
        (r.type_.as_str(), r.properties.len()),
        ("KNOWS", 1),
        "relationship",
    )?;
    check_same(
        (&r.start_node_element_id, &r.end_node_element_id),
        (&a.element_id, &b.element_id),
        "ends",
    )?;
    let text =
        "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p";
    let ValueReceive::Path(path) = scalar(&mut client.session(), text, client.named(""))? else {
        return fail("expected a path");
    };
    check_same(path.nodes.clone(), vec![b, a], "nodes of the path")?;
    check_same(
        &path.relationships[0].element_id,
        &r.element_id,
        "relationship of the path",
    )?;
    done()
}

fn list(items: impl IntoIterator<Item = ValueSend>) -> ValueSend {
    ValueSend::List(items.into_iter().collect())
}

fn integers(items: impl IntoIterator<Item = i64>) -> ValueSend {
    list(items.into_iter().map(ValueSend::Integer))
}

fn map<const N: usize>(pairs: [(&str, ValueSend); N]) -> ValueSend {
    ValueSend::Map(
        pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect(),
    )
}
