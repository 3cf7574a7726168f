//! Values of every type that the crate has.

use chrono::TimeZone;
use neo4j::value::spatial::{Cartesian2D, Cartesian3D, WGS84_2D, WGS84_3D};
use neo4j::value::time::{Duration, Time, Tz};
use neo4j::{ValueReceive, ValueSend};

use crate::examples::{self, CREATE_GRAPH, MATCH_PATH, Plain, clock, day, offset, old_day};
use crate::report::{Outcome, check_same, done, fail};
use crate::{Client, scalar};

type Examples = Vec<(&'static str, ValueSend)>;

pub fn values() -> Examples {
    examples::values()
        .into_iter()
        .map(|(name, plain)| (name, own(plain)))
        .collect()
}

pub fn temporal() -> Examples {
    let (clock, day, offset) = (clock(), day(), offset());
    let local = day.and_time(clock);
    let berlin = Tz::Europe__Berlin;
    vec![
        ("date", ValueSend::Date(day)),
        ("date before 1970", ValueSend::Date(old_day())),
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
    let created = client
        .driver
        .execute_query(CREATE_GRAPH)
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
    let ValueReceive::Path(path) = scalar(&mut client.session(), MATCH_PATH, client.named(""))? else {
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

/// The same value in this crate's types.
fn own(plain: Plain) -> ValueSend {
    match plain {
        Plain::Null => ValueSend::Null,
        Plain::Boolean(value) => ValueSend::Boolean(value),
        Plain::Integer(value) => ValueSend::Integer(value),
        Plain::Float(value) => ValueSend::Float(value),
        Plain::String(value) => ValueSend::String(value),
        Plain::Bytes(value) => ValueSend::Bytes(value),
        Plain::List(items) => ValueSend::List(items.into_iter().map(own).collect()),
        Plain::Map(pairs) => ValueSend::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), own(value)))
                .collect(),
        ),
    }
}
