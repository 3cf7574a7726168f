//! The scenarios for neo4rs, with its default protocol implementation or its unstable one.

#[path = "../../examples.rs"]
mod examples;
#[path = "../../report.rs"]
mod report;
mod values;

use std::time::Instant;

use neo4rs::{BoltType, Error, Graph, Query, query};
use report::{Outcome, Wrong, check_same, done, fail, report, rows, setting, skip};

const STREAM: &str = "UNWIND range(1, $n) AS n RETURN n";
const CREATE: &str = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name";
const COUNT: &str = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n";

pub struct Client {
    pub graph: Graph,
    /// Marks the nodes of this run.
    pub run: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Client {
        graph: connect("BOLT_URI", &setting("BOLT_PASSWORD"))?,
        run: format!("neo4rs-{}-{:?}", std::process::id(), Instant::now()),
    };
    for name in report::scenarios() {
        let begin = Instant::now();
        report(&name, begin, client.play(&name).await);
    }
    let clean = query("MATCH (n:Interop {run: $run}) DETACH DELETE n").param("run", client.run.as_str());
    client.graph.run(clean).await?;
    Ok(())
}

fn connect(uri: &str, password: &str) -> Result<Graph, Error> {
    Graph::new(setting(uri), setting("BOLT_USER"), password)
}

impl Client {
    async fn play(&self, scenario: &str) -> Outcome {
        match scenario {
            "connect" => self.connects().await,
            "connect-routing" => self.connect_routing().await,
            "auto-commit" => self.auto_commit().await,
            "explicit-commit" => self.explicit_commit().await,
            "explicit-rollback" => self.explicit_rollback().await,
            "managed" => self.managed().await,
            "stream-100k" => self.stream().await,
            "nested-results" => self.nested_results().await,
            "values" => self.echo(values::values()).await,
            "values-temporal" => self.echo(values::temporal()).await,
            "values-spatial" => self.echo(values::spatial()).await,
            "values-graph" => values::graph(self).await,
            "failure" => self.failure().await,
            "failure-in-stream" => self.failure_in_stream().await,
            "failure-in-tx" => self.failure_in_tx().await,
            "bookmarks" => self.bookmarks().await,
            "cancel" => self.cancel().await,
            "summary" => self.summary().await,
            "parallel" => self.parallel().await,
            "wrong-password" => self.wrong_password().await,
            _ => skip("not in this client"),
        }
    }

    async fn connects(&self) -> Outcome {
        check_same(self.integer(query("RETURN 1 AS n")).await?, 1, "n")?;
        done()
    }

    async fn connect_routing(&self) -> Outcome {
        let routed = Client {
            graph: connect("BOLT_ROUTING_URI", &setting("BOLT_PASSWORD"))?,
            run: self.run.clone(),
        };
        routed.graph.run(self.create("routed")).await?;
        let mut result = routed.graph.execute_read(self.named(COUNT, "routed")).await?;
        let row = result.next().await?;
        check_same(row.map(|row| row.get("n").unwrap_or(-1)), Some(1), "rows")?;
        if cfg!(feature = "unstable") {
            done()
        } else {
            Ok("without routing".into())
        }
    }

    async fn auto_commit(&self) -> Outcome {
        check_same(self.integer(query("RETURN 1 AS n")).await?, 1, "n")?;
        let mut result = self
            .graph
            .execute(query("RETURN $x AS x").param("x", "second"))
            .await?;
        let row = result.next().await?.ok_or(Error::NoMoreRows)?;
        check_same(row.get::<String>("x")?, "second".into(), "x")?;
        done()
    }

    async fn explicit_commit(&self) -> Outcome {
        let mut tx = self.graph.start_txn().await?;
        tx.run(self.create("committed")).await?;
        tx.run(self.create("committed")).await?;
        tx.commit().await?;
        check_same(self.count("committed").await?, 2, "rows")?;
        done()
    }

    async fn explicit_rollback(&self) -> Outcome {
        let mut tx = self.graph.start_txn().await?;
        tx.run(self.create("rolled-back")).await?;
        tx.rollback().await?;
        let mut dropped = self.graph.start_txn().await?;
        dropped.run(self.create("rolled-back")).await?;
        drop(dropped);
        check_same(self.count("rolled-back").await?, 0, "rows")?;
        done()
    }

    /// The closest feature: single queries that the driver would retry.
    async fn managed(&self) -> Outcome {
        self.graph.run(self.create("managed")).await?;
        check_same(self.count("managed").await?, 1, "rows")?;
        done()
    }

    async fn stream(&self) -> Outcome {
        let mut result = self.graph.execute(query(STREAM).param("n", rows())).await?;
        let mut sum = 0;
        while let Some(row) = result.next().await? {
            sum += row.get::<i64>("n")?;
        }
        check_same(sum, rows() * (rows() + 1) / 2, "sum")?;
        done()
    }

    async fn nested_results(&self) -> Outcome {
        let mut tx = self.graph.start_txn().await?;
        let mut outer = tx.execute(query(STREAM).param("n", 3000)).await?;
        let mut seen = 0;
        while let Some(row) = outer.next(tx.handle()).await? {
            seen += 1;
            if seen % 500 == 0 {
                let x: i64 = row.get("n")?;
                let mut inner = tx.execute(query("RETURN $x AS x").param("x", x)).await?;
                let row = inner.next(tx.handle()).await?.ok_or(Error::NoMoreRows)?;
                check_same(row.get::<i64>("x")?, seen, "inner")?;
                inner.next(tx.handle()).await?;
            }
        }
        tx.commit().await?;
        check_same(seen, 3000, "rows")?;
        done()
    }

    async fn failure(&self) -> Outcome {
        let error = self.graph.run(query("THIS IS NOT CYPHER")).await.err();
        expect_code(error, "Neo.ClientError.Statement.SyntaxError")?;
        check_same(self.integer(query("RETURN 1 AS n")).await?, 1, "n")?;
        done()
    }

    async fn failure_in_stream(&self) -> Outcome {
        let mut seen = 0;
        let mut result = self
            .graph
            .execute(query("UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x"))
            .await?;
        let error = loop {
            match result.next().await {
                Ok(Some(_)) => seen += 1,
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        drop(result);
        expect_code(error, "Neo.ClientError.Statement.ArithmeticError")?;
        check_same(self.count("nobody").await?, 0, "rows")?;
        Ok(format!("{seen} rows before it"))
    }

    async fn failure_in_tx(&self) -> Outcome {
        let mut tx = self.graph.start_txn().await?;
        tx.run(self.create("failed")).await?;
        let error = tx.run(query("THIS IS NOT CYPHER")).await.err();
        expect_code(error, "Neo.ClientError.Statement.SyntaxError")?;
        if tx.commit().await.is_ok() {
            return fail("a failed transaction could be committed");
        }
        check_same(self.count("failed").await?, 0, "rows")?;
        done()
    }

    #[cfg(not(feature = "unstable"))]
    async fn bookmarks(&self) -> Outcome {
        skip("not in this client")
    }

    #[cfg(feature = "unstable")]
    async fn bookmarks(&self) -> Outcome {
        use neo4rs::SessionConfig;
        let mut chain = Vec::new();
        for _ in 0..3 {
            let config = SessionConfig::builder().with_bookmarks(chain).build();
            let mut session = self.graph.with_session(Some(config));
            session.write_transaction(vec![self.create("chained")]).await?;
            chain = session.last_bookmark().into_iter().collect();
            check_same(chain.len(), 1, "bookmarks")?;
        }
        let config = SessionConfig::builder().with_bookmarks(chain.clone()).build();
        let mut session = self.graph.with_session(Some(config));
        let mut result = session.execute_read(self.named(COUNT, "chained")).await?;
        let row = result.next().await?.ok_or(Error::NoMoreRows)?;
        check_same(row.get::<i64>("n")?, 3, "rows")?;
        Ok(chain.concat())
    }

    async fn cancel(&self) -> Outcome {
        for _ in 0..5 {
            let mut result = self.graph.execute(query(STREAM).param("n", rows())).await?;
            for _ in 0..10 {
                result.next().await?;
            }
            drop(result);
            check_same(self.integer(query("RETURN 1 AS n")).await?, 1, "n")?;
        }
        for _ in 0..5 {
            let mut result = self.graph.execute(query(STREAM).param("n", rows())).await?;
            result.next().await?;
            result.finish().await?; // discards the rest
        }
        check_same(self.count("nobody").await?, 0, "rows")?;
        done()
    }

    #[cfg(not(feature = "unstable"))]
    async fn summary(&self) -> Outcome {
        skip("not in this client")
    }

    #[cfg(feature = "unstable")]
    async fn summary(&self) -> Outcome {
        let summary = self.graph.run(self.create("counted")).await?;
        let stats = summary.stats();
        check_same(
            [stats.nodes_created, stats.labels_added, stats.properties_set],
            [1, 1, 2],
            "counters",
        )?;
        Ok(format!("{:?}", summary.query_type()))
    }

    async fn parallel(&self) -> Outcome {
        let mut tasks = Vec::new();
        for n in 0..20 {
            let graph = self.graph.clone();
            tasks.push(tokio::spawn(async move {
                let mut result = graph.execute(query("RETURN $x AS x").param("x", n)).await?;
                let row = result.next().await?.ok_or(Error::NoMoreRows)?;
                Ok::<i64, Error>(row.get("x")?)
            }));
        }
        for (n, task) in tasks.into_iter().enumerate() {
            check_same(task.await??, n as i64, "x")?;
        }
        done()
    }

    async fn wrong_password(&self) -> Outcome {
        let password = setting("BOLT_PASSWORD");
        let stranger = connect("BOLT_URI", &format!("not-{password}"))?;
        match stranger.run(query("RETURN 1 AS n")).await {
            Err(Error::AuthenticationError(message)) => {
                connect("BOLT_URI", &password)?
                    .run(query("RETURN 1 AS n"))
                    .await?;
                Ok(message)
            }
            Err(error) => {
                expect_code(Some(error), "Neo.ClientError.Security.Unauthorized")?;
                connect("BOLT_URI", &password)?
                    .run(query("RETURN 1 AS n"))
                    .await?;
                done()
            }
            Ok(_) => fail("let in with a wrong password"),
        }
    }

    // ---- helpers

    fn named(&self, text: &str, name: &str) -> Query {
        query(text).param("run", self.run.as_str()).param("name", name)
    }

    fn create(&self, name: &str) -> Query {
        self.named(CREATE, name)
    }

    async fn count(&self, name: &str) -> Result<i64, Wrong> {
        self.integer(self.named(COUNT, name)).await
    }

    async fn integer(&self, query: Query) -> Result<i64, Wrong> {
        let mut result = self.graph.execute(query).await?;
        let row = result.next().await?.ok_or(Error::NoMoreRows)?;
        let n = row.get("n")?;
        check_same(result.next().await?.is_none(), true, "one row")?;
        Ok(n)
    }

    async fn echo(&self, examples: Vec<(&str, BoltType)>) -> Outcome {
        for (name, value) in &examples {
            let mut result = self
                .graph
                .execute(query("RETURN $x AS x").param("x", value.clone()))
                .await?;
            let row = result.next().await?.ok_or(Error::NoMoreRows)?;
            check_same(row.get::<BoltType>("x")?, value.clone(), name)?;
        }
        Ok(format!("{} values", examples.len()))
    }
}

fn expect_code(error: Option<Error>, code: &str) -> Result<(), Wrong> {
    match error {
        Some(Error::Neo4j(error)) => check_same(error.code(), code, "code"),
        other => fail(format!("expected {code}, got {other:?}")),
    }
}
