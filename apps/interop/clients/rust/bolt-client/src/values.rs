//! Values of every type that bolt-proto has.

use bolt_client::bolt_proto::Value;
use bolt_client::bolt_proto::value::{Duration, Point2D, Point3D};
use chrono::{FixedOffset, NaiveDate, NaiveTime, TimeZone};

use crate::connection::Connection;
use crate::report::{Outcome, check_same, done, fail};
use crate::{named, single};

type Examples = Vec<(&'static str, Value)>;

pub fn values() -> Examples {
    let strings = ["", "a", "ä€😀"].map(String::from).into_iter();
    let long = [("x", 15), ("x", 16), ("y", 256), ("z", 100_000)].map(|(text, n)| text.repeat(n));
    vec![
        ("null", Value::Null),
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
            list([0.5, -1.25, 1e300, -0.0, 5e-324, f64::INFINITY, f64::NAN, 1.1, 1.0].map(Value::Float)),
        ),
        ("strings", list(strings.chain(long).map(Value::String))),
        ("no bytes", Value::Bytes(vec![])),
        ("bytes", Value::Bytes(vec![0, 1, 127, 128, 255])),
        ("many bytes", Value::Bytes(vec![7; 70_000])),
        (
            "lists",
            list([
                list([]),
                list([1_i64.into(), "two".into(), list([3.5.into(), Value::Null])]),
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
    let berlin = chrono_tz::Europe::Berlin;
    vec![
        ("date", Value::Date(day)),
        (
            "date before 1970",
            Value::Date(NaiveDate::from_ymd_opt(1582, 10, 4).unwrap()),
        ),
        ("time", Value::Time(clock, offset)),
        ("local time", Value::LocalTime(clock)),
        (
            "date time with offset",
            Value::DateTimeOffset(offset.from_local_datetime(&local).unwrap()),
        ),
        (
            "date time with zone",
            Value::DateTimeZoned(berlin.from_local_datetime(&local).unwrap()),
        ),
        ("local date time", Value::LocalDateTime(local)),
        ("duration", Value::Duration(Duration::new(14, -3, 5, 999_999_999))),
    ]
}

pub fn spatial() -> Examples {
    vec![
        ("cartesian", Value::Point2D(Point2D::new(7203, 1.5, -2.5))),
        (
            "cartesian 3d",
            Value::Point3D(Point3D::new(9157, 1.5, -2.5, 3.25)),
        ),
        ("WGS 84", Value::Point2D(Point2D::new(4326, 12.99, 55.6))),
        (
            "WGS 84 3d",
            Value::Point3D(Point3D::new(4979, 12.99, 55.6, 100.5)),
        ),
    ]
}

pub async fn graph(c: &mut Connection, run: &str) -> Outcome {
    let text = "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->\
                (b:Interop {run: $run, name: 'b'}) RETURN a, r, b";
    let (rows, _) = c.all(text, named(run, "")).await?;
    let [Value::Node(a), Value::Relationship(r), Value::Node(b)] = &rows[0][..] else {
        return fail(format!("expected node, relationship, node, got {rows:?}"));
    };
    check_same(a.labels(), &["Interop".to_string()], "labels")?;
    check_same(a.properties().get("name"), Some(&"a".into()), "properties")?;
    check_same((r.rel_type(), r.properties().len()), ("KNOWS", 1), "relationship")?;
    check_same(
        (r.start_node_identity(), r.end_node_identity()),
        (a.node_identity(), b.node_identity()),
        "ends",
    )?;
    let text =
        "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p";
    let Value::Path(path) = single(c, text, named(run, "")).await? else {
        return fail("expected a path");
    };
    check_same(path.nodes(), &[b.clone(), a.clone()], "nodes of the path")?;
    check_same(
        path.relationships()[0].rel_identity(),
        r.rel_identity(),
        "relationship of the path",
    )?;
    check_same(path.sequence(), &[-1, 1], "direction of the path")?;
    done()
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

fn integers(items: impl IntoIterator<Item = i64>) -> Value {
    list(items.into_iter().map(Value::Integer))
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Map(
        pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect(),
    )
}
