//! The scenarios for bolt-client, message by message at one pinned version of Bolt, from 1 to 4.4.

mod connection;
#[path = "../../examples.rs"]
mod examples;
#[path = "../../report.rs"]
mod report;
mod values;

use std::time::Instant;

use bolt_client::bolt_proto::Value;
use connection::{Connection, Parameters, Refusal};
use report::{Outcome, Wrong, check_same, done, fail, report, rows, setting, skip};

const STREAM: &str = "UNWIND range(1, $n) AS n RETURN n";
const CREATE: &str = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name";
const COUNT: &str = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n";

#[tokio::main]
async fn main() {
    // Marks the nodes of this run.
    let run = format!("bolt-client-{}-{:?}", std::process::id(), Instant::now());
    for name in report::scenarios() {
        let begin = Instant::now();
        report(&name, begin, play(&name, &run).await);
    }
    if let Ok(mut c) = Connection::open(&setting("BOLT_PASSWORD")).await {
        let parameters = vec![("run", run.into())];
        let _ = c
            .all("MATCH (n:Interop {run: $run}) DETACH DELETE n", parameters)
            .await;
    }
}

/// Each scenario has its own connection.
async fn play(scenario: &str, run: &str) -> Outcome {
    let c = &mut Connection::open(&setting("BOLT_PASSWORD")).await?;
    match scenario {
        "connect" => connects(c).await,
        "connect-routing" => connect_routing(c).await,
        "auto-commit" => auto_commit(c).await,
        "explicit-commit" => explicit_commit(c, run).await,
        "explicit-rollback" => explicit_rollback(c, run).await,
        "stream-100k" => stream(c).await,
        "nested-results" => nested_results(c).await,
        "values" => echo(c, values::values()).await,
        "values-temporal" | "values-spatial" if c.major < 2 => skip("needs Bolt 2"),
        "values-temporal" => echo(c, values::temporal()).await,
        "values-spatial" => echo(c, values::spatial()).await,
        "values-graph" => values::graph(c, run).await,
        "failure" => failure(c).await,
        "failure-in-stream" => failure_in_stream(c).await,
        "failure-in-tx" => failure_in_tx(c, run).await,
        "bookmarks" => bookmarks(c, run).await,
        "cancel" => cancel(c).await,
        "summary" => summary(c, run).await,
        "parallel" => parallel().await,
        "wrong-password" => wrong_password().await,
        _ => skip("not in this client"),
    }
}

async fn connects(c: &mut Connection) -> Outcome {
    check_same(single(c, "RETURN 1 AS n", vec![]).await?, Value::Integer(1), "n")?;
    let server = match c.hello.get("server") {
        Some(Value::String(server)) => server,
        _ => "a server without a name",
    };
    Ok(format!("{server}, Bolt {}.{}", c.major, c.minor))
}

async fn connect_routing(c: &mut Connection) -> Outcome {
    if (c.major, c.minor) < (4, 3) {
        return skip("ROUTE came with Bolt 4.3");
    }
    let summary = c.route().await?;
    let Some(Value::Map(table)) = summary.get("rt") else {
        return fail(format!("no routing table in {summary:?}"));
    };
    match table.get("servers") {
        Some(Value::List(servers)) => Ok(format!("{} roles", servers.len())),
        _ => fail(format!("no servers in {table:?}")),
    }
}

async fn auto_commit(c: &mut Connection) -> Outcome {
    check_same(single(c, "RETURN 1 AS n", vec![]).await?, Value::Integer(1), "n")?;
    let second = single(c, "RETURN $x AS x", vec![("x", "second".into())]).await?;
    check_same(second, "second".into(), "x")?;
    done()
}

async fn explicit_commit(c: &mut Connection, run: &str) -> Outcome {
    c.begin(None).await?;
    c.all(CREATE, named(run, "committed")).await?;
    c.all(CREATE, named(run, "committed")).await?;
    c.commit().await?;
    check_same(count(c, run, "committed").await?, Value::Integer(2), "rows")?;
    done()
}

async fn explicit_rollback(c: &mut Connection, run: &str) -> Outcome {
    c.begin(None).await?;
    c.all(CREATE, named(run, "rolled-back")).await?;
    check_same(
        count(c, run, "rolled-back").await?,
        Value::Integer(1),
        "rows inside",
    )?;
    c.rollback().await?;
    check_same(count(c, run, "rolled-back").await?, Value::Integer(0), "rows")?;
    done()
}

async fn stream(c: &mut Connection) -> Outcome {
    let (all, _) = c.all(STREAM, vec![("n", rows().into())]).await?;
    let numbers = all
        .iter()
        .map(|row| if let Value::Integer(n) = row[0] { n } else { 0 });
    check_same(numbers.sum(), rows() * (rows() + 1) / 2, "sum")?;
    done()
}

async fn nested_results(c: &mut Connection) -> Outcome {
    if c.major < 4 {
        return skip("needs Bolt 4");
    }
    c.begin(None).await?;
    let outer = c
        .run(STREAM, vec![("n", 3000_i64.into())], vec![])
        .await?
        .remove("qid");
    let mut seen = Vec::new();
    loop {
        let summary = c.pull(500, outer.clone(), &mut seen).await?;
        let x = seen.last().map_or(Value::Null, |row| row[0].clone());
        check_same(
            single(c, "RETURN $x AS x", vec![("x", x.clone())]).await?,
            x,
            "inner",
        )?;
        if !summary.contains_key("has_more") {
            break;
        }
    }
    c.commit().await?;
    check_same(seen.len(), 3000, "rows")?;
    done()
}

async fn failure(c: &mut Connection) -> Outcome {
    expect_code(
        c.all("THIS IS NOT CYPHER", vec![]).await,
        "Neo.ClientError.Statement.SyntaxError",
    )?;
    c.heal().await?;
    check_same(single(c, "RETURN 1 AS n", vec![]).await?, Value::Integer(1), "n")?;
    done()
}

async fn failure_in_stream(c: &mut Connection) -> Outcome {
    let result = c
        .all("UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x", vec![])
        .await;
    let rows = expect_code(result, "Neo.ClientError.Statement.ArithmeticError")?;
    c.heal().await?;
    check_same(single(c, "RETURN 1 AS n", vec![]).await?, Value::Integer(1), "n")?;
    Ok(format!("{rows} rows before it"))
}

async fn failure_in_tx(c: &mut Connection, run: &str) -> Outcome {
    c.begin(None).await?;
    c.all(CREATE, named(run, "failed")).await?;
    expect_code(
        c.all("THIS IS NOT CYPHER", vec![]).await,
        "Neo.ClientError.Statement.SyntaxError",
    )?;
    c.heal().await?;
    if c.major < 3 {
        c.rollback().await?; // ACK_FAILURE leaves the broken transaction open
    }
    check_same(count(c, run, "failed").await?, Value::Integer(0), "rows")?;
    done()
}

async fn bookmarks(c: &mut Connection, run: &str) -> Outcome {
    for n in 0..4 {
        c.begin(c.bookmark.clone()).await?;
        check_same(count(c, run, "chained").await?, Value::Integer(n), "rows")?;
        c.all(CREATE, named(run, "chained")).await?;
        c.commit().await?;
    }
    match c.bookmark.take() {
        Some(bookmark) => Ok(bookmark),
        None => fail("no bookmark"),
    }
}

async fn cancel(c: &mut Connection) -> Outcome {
    let parameters = || vec![("n", rows().into())];
    for _ in 0..5 {
        let mut first = Vec::new();
        c.run(STREAM, parameters(), vec![]).await?;
        if c.major >= 4 {
            c.pull(10, None, &mut first).await?;
            check_same(first.len(), 10, "rows")?;
        }
        c.discard().await?;
        check_same(single(c, "RETURN 1 AS n", vec![]).await?, Value::Integer(1), "n")?;
        c.run(STREAM, parameters(), vec![]).await?;
        c.reset().await?;
        check_same(single(c, "RETURN 1 AS n", vec![]).await?, Value::Integer(1), "n")?;
    }
    done()
}

async fn summary(c: &mut Connection, run: &str) -> Outcome {
    let (_, summary) = c.all(CREATE, named(run, "counted")).await?;
    check_same(summary.get("type"), Some(&"rw".into()), "type")?;
    let Some(Value::Map(stats)) = summary.get("stats") else {
        return fail(format!("no stats in {summary:?}"));
    };
    let counters = ["nodes-created", "labels-added", "properties-set"].map(|name| stats.get(name).cloned());
    check_same(
        counters,
        [1, 1, 2].map(|n: i64| Some(Value::Integer(n))),
        "counters",
    )?;
    let (_, explained) = c.all("EXPLAIN MATCH (n:Interop) RETURN n", vec![]).await?;
    match explained.get("plan") {
        Some(Value::Map(plan)) => Ok(format!("{:?}", plan.get("operatorType"))),
        _ => fail(format!("no plan in {explained:?}")),
    }
}

async fn parallel() -> Outcome {
    let one = |n: i64| async move {
        let mut c = Connection::open(&setting("BOLT_PASSWORD")).await?;
        let (rows, _) = c.all("RETURN $x AS x", vec![("x", n.into())]).await?;
        Ok::<_, Refusal>(rows[0][0].clone())
    };
    let tasks: Vec<_> = (0..20).map(|n| tokio::spawn(one(n))).collect();
    for (n, task) in tasks.into_iter().enumerate() {
        check_same(task.await??, Value::Integer(n as i64), "x")?;
    }
    done()
}

async fn wrong_password() -> Outcome {
    let password = setting("BOLT_PASSWORD");
    let refused = Connection::open(&format!("not-{password}")).await;
    expect_code(refused, "Neo.ClientError.Security.Unauthorized")?;
    Connection::open(&password).await?;
    done()
}

// ---- helpers

pub fn named(run: &str, name: &str) -> Parameters {
    vec![("run", run.into()), ("name", name.into())]
}

async fn count(c: &mut Connection, run: &str, name: &str) -> Result<Value, Wrong> {
    single(c, COUNT, named(run, name)).await
}

pub async fn single(c: &mut Connection, query: &str, parameters: Parameters) -> Result<Value, Wrong> {
    let (mut rows, _) = c.all(query, parameters).await?;
    check_same(rows.len(), 1, "rows")?;
    Ok(rows.remove(0).remove(0))
}

async fn echo(c: &mut Connection, examples: Vec<(&str, Value)>) -> Outcome {
    for (name, value) in &examples {
        let got = single(c, "RETURN $x AS x", vec![("x", value.clone())]).await?;
        check_same(got, value.clone(), name)?;
    }
    Ok(format!("{} values", examples.len()))
}

/// The number of rows that arrived before the failure.
fn expect_code<T>(result: Result<T, Refusal>, code: &str) -> Result<usize, Wrong> {
    match result {
        Ok(_) => fail(format!("expected {code}, but it went well")),
        Err(Refusal::Failure { code: got, rows, .. }) => {
            check_same(got.as_str(), code, "code")?;
            Ok(rows)
        }
        Err(refusal) => Err(refusal.into()),
    }
}
