//! One JSON line for each scenario: {scenario, ok, ms, detail}; ok is null if this client cannot do it.
//! Knows nothing of drivers. The environment is the contract with src/peers/run.ts.

use std::error::Error;
use std::fmt::Debug;
use std::time::Instant;

pub enum Wrong {
    Skip(String),
    Failed(String),
}

/// A scenario's remark, or its error.
pub type Outcome = Result<String, Wrong>;

// Not an Error itself, so that `?` converts every error.
impl<E: Error> From<E> for Wrong {
    fn from(error: E) -> Self {
        Wrong::Failed(error.to_string())
    }
}

pub fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

pub fn scenarios() -> Vec<String> {
    setting("BOLT_SCENARIOS").split(',').map(String::from).collect()
}

pub fn rows() -> i64 {
    setting("BOLT_ROWS").parse().expect("BOLT_ROWS is a number")
}

pub fn done() -> Outcome {
    Ok(String::new())
}

#[allow(dead_code)]
pub fn skip<T>(why: &str) -> Result<T, Wrong> {
    Err(Wrong::Skip(why.into()))
}

pub fn fail<T>(what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Failed(what.into()))
}

pub fn check_same<T: PartialEq + Debug>(got: T, expected: T, what: &str) -> Result<(), Wrong> {
    // NaN does not equal itself, but prints the same.
    if got == expected || format!("{got:?}") == format!("{expected:?}") {
        return Ok(());
    }
    fail(format!("{what}: expected {expected:.200?}, got {got:.200?}"))
}

pub fn report(scenario: &str, begin: Instant, outcome: Outcome) {
    let (ok, detail) = match outcome {
        Ok(detail) => (Some(true), detail),
        Err(Wrong::Skip(why)) => (None, why),
        Err(Wrong::Failed(what)) => (Some(false), what),
    };
    let ms = begin.elapsed().as_millis() as u64;
    println!(
        "{}",
        serde_json::json!({"scenario": scenario, "ok": ok, "ms": ms, "detail": detail})
    );
}
