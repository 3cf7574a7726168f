//! Values of every type, independent of any client crate, and the statements that create graph values. Each client
//! converts them for its driver.

use chrono::{FixedOffset, NaiveDate, NaiveTime};

/// The types of PackStream itself.
pub enum Plain {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(String),
    Bytes(Vec<u8>),
    List(Vec<Plain>),
    Map(Vec<(&'static str, Plain)>),
}

use Plain::{Boolean, Bytes, Float, Integer, List, Map, Null};

pub fn values() -> Vec<(&'static str, Plain)> {
    let strings = ["", "a", "ä€😀"].map(String::from).into_iter();
    let long = [("x", 15), ("x", 16), ("y", 256), ("z", 100_000)].map(|(text, n)| text.repeat(n));
    let floats = [0.5, -1.25, 1e300, -0.0, 5e-324, f64::INFINITY, f64::NAN, 1.1, 1.0];
    vec![
        ("null", Null),
        ("booleans", List(vec![Boolean(true), Boolean(false)])),
        (
            "small integers",
            integers([0, -1, -16, -17, 127, 128, -128, -129]),
        ),
        (
            "large integers",
            integers([32767, 1 << 31, (1 << 53) + 1, i64::MAX, i64::MIN]),
        ),
        ("floats", List(floats.map(Float).into())),
        ("strings", List(strings.chain(long).map(Plain::String).collect())),
        ("no bytes", Bytes(vec![])),
        ("bytes", Bytes(vec![0, 1, 127, 128, 255])),
        ("many bytes", Bytes(vec![7; 70_000])),
        (
            "lists",
            List(vec![
                List(vec![]),
                List(vec![
                    Integer(1),
                    Plain::String("two".into()),
                    List(vec![Float(3.5), Null]),
                ]),
                integers(0..300),
            ]),
        ),
        (
            "maps",
            Map(vec![
                ("empty", Map(vec![])),
                ("nested", Map(vec![("deep", Map(vec![("x", Boolean(true))]))])),
            ]),
        ),
    ]
}

fn integers(items: impl IntoIterator<Item = i64>) -> Plain {
    List(items.into_iter().map(Integer).collect())
}

pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()
}

pub fn old_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1582, 10, 4).unwrap()
}

/// With nanoseconds.
pub fn clock() -> NaiveTime {
    NaiveTime::from_hms_nano_opt(12, 34, 56, 789_000_001).unwrap()
}

/// One and a half hours west.
pub fn offset() -> FixedOffset {
    FixedOffset::west_opt(5400).unwrap()
}

pub const CREATE_GRAPH: &str = "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->\
                                (b:Interop {run: $run, name: 'b'}) RETURN a, r, b";

pub const MATCH_PATH: &str =
    "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p";
