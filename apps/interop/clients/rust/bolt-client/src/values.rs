//! Values of every type that bolt-proto has.

use bolt_client::bolt_proto::Value;
use bolt_client::bolt_proto::value::{Duration, Point2D, Point3D};
use chrono::TimeZone;

use crate::connection::Connection;
use crate::examples::{self, CREATE_GRAPH, MATCH_PATH, Plain, clock, day, offset, old_day};
use crate::report::{Outcome, check_same, done, fail};
use crate::{named, single};

type Examples = Vec<(&'static str, Value)>;

pub fn values() -> Examples {
    examples::values()
        .into_iter()
        .map(|(name, plain)| (name, own(plain)))
        .collect()
}

pub fn temporal() -> Examples {
    let (clock, day, offset) = (clock(), day(), offset());
    let local = day.and_time(clock);
    let berlin = chrono_tz::Europe::Berlin;
    vec![
        ("date", Value::Date(day)),
        ("date before 1970", Value::Date(old_day())),
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
    let (rows, _) = c.all(CREATE_GRAPH, named(run, "")).await?;
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
    let Value::Path(path) = single(c, MATCH_PATH, named(run, "")).await? else {
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

/// The same value in this crate's types.
fn own(plain: Plain) -> Value {
    match plain {
        Plain::Null => Value::Null,
        Plain::Boolean(value) => Value::Boolean(value),
        Plain::Integer(value) => Value::Integer(value),
        Plain::Float(value) => Value::Float(value),
        Plain::String(value) => Value::String(value),
        Plain::Bytes(value) => Value::Bytes(value),
        Plain::List(items) => Value::List(items.into_iter().map(own).collect()),
        Plain::Map(pairs) => Value::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), own(value)))
                .collect(),
        ),
    }
}
