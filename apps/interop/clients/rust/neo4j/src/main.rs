//! The scenarios for the crate `neo4j`, which blocks its thread where the others are asynchronous.

#[path = "../../examples.rs"]
mod examples;
#[path = "../../report.rs"]
mod report;
mod values;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use neo4j::bookmarks::Bookmarks;
use neo4j::driver::auth::AuthToken;
use neo4j::driver::{ConnectionConfig, Driver, DriverConfig, RoutingControl};
use neo4j::retry::ExponentialBackoff;
use neo4j::session::{Session, SessionConfig};
use neo4j::transaction::Transaction;
use neo4j::{Neo4jError, ValueReceive, ValueSend};
use report::{Outcome, Wrong, check_same, done, fail, report, rows, setting, skip};

const STREAM: &str = "UNWIND range(1, $n) AS n RETURN n";
const CREATE: &str = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name";
const COUNT: &str = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n";

pub type Parameters = HashMap<&'static str, ValueSend>;

pub struct Client {
    pub driver: Driver,
    /// Marks the nodes of this run.
    pub run: String,
}

fn main() -> Result<(), Neo4jError> {
    let client = Client {
        driver: connect("BOLT_URI", &setting("BOLT_PASSWORD")),
        run: format!("rust-{}-{:?}", std::process::id(), Instant::now()),
    };
    for name in report::scenarios() {
        let begin = Instant::now();
        report(&name, begin, client.play(&name));
    }
    let clean = client
        .driver
        .execute_query("MATCH (n:Interop {run: $run}) DETACH DELETE n");
    clean.with_parameters(client.named("")).run()?;
    Ok(())
}

fn connect(uri: &str, password: &str) -> Driver {
    let connection: ConnectionConfig = setting(uri).parse().expect("the URI is one of Bolt");
    let auth = AuthToken::new_basic_auth(setting("BOLT_USER"), password);
    Driver::new(connection, DriverConfig::new().with_auth(Arc::new(auth)))
}

impl Client {
    fn play(&self, scenario: &str) -> Outcome {
        match scenario {
            "connect" => self.connects(),
            "connect-routing" => self.connect_routing(),
            "auto-commit" => self.auto_commit(),
            "explicit-commit" => self.explicit_commit(),
            "explicit-rollback" => self.explicit_rollback(),
            "managed" => self.managed(),
            "managed-retry" => skip("no code but its own can make its transient errors"),
            "execute-query" => self.execute_query(),
            "stream-100k" => self.stream(),
            "nested-results" => self.nested_results(),
            "values" => self.echo(values::values()),
            "values-temporal" => self.echo(values::temporal()),
            "values-spatial" => self.echo(values::spatial()),
            "values-graph" => values::graph(self),
            "failure" => self.failure(),
            "failure-in-stream" => self.failure_in_stream(),
            "failure-in-tx" => self.failure_in_tx(),
            "bookmarks" => self.bookmarks(),
            "cancel" => self.cancel(),
            "summary" => self.summary(),
            "parallel" => self.parallel(),
            "wrong-password" => self.wrong_password(),
            _ => skip("not in this client"),
        }
    }

    fn connects(&self) -> Outcome {
        self.driver.verify_connectivity()?;
        let server = self.driver.get_server_info()?;
        let (major, minor) = server.protocol_version;
        Ok(format!("{}, Bolt {major}.{minor}", server.server_agent))
    }

    fn connect_routing(&self) -> Outcome {
        let driver = connect("BOLT_ROUTING_URI", &setting("BOLT_PASSWORD"));
        let create = driver.execute_query(CREATE).with_parameters(self.named("routed"));
        create.with_routing_control(RoutingControl::Write).run()?;
        let count = driver.execute_query(COUNT).with_parameters(self.named("routed"));
        let result = count.with_routing_control(RoutingControl::Read).run()?;
        check_same(result.into_scalar()?, ValueReceive::Integer(1), "rows")?;
        done()
    }

    fn auto_commit(&self) -> Outcome {
        let mut session = self.session();
        check_same(
            scalar(&mut session, "RETURN 1 AS n", [].into())?,
            ValueReceive::Integer(1),
            "n",
        )?;
        let parameters = Parameters::from([("x", "second".into())]);
        let second = scalar(&mut session, "RETURN $x AS x", parameters)?;
        check_same(second, ValueReceive::String("second".into()), "x")?;
        done()
    }

    fn explicit_commit(&self) -> Outcome {
        let mut session = self.session();
        session.transaction().run(|tx| {
            self.create_in(&tx, "committed")?;
            self.create_in(&tx, "committed")?;
            tx.commit()
        })?;
        check_same(self.count(&mut session, "committed")?, 2, "rows")?;
        done()
    }

    fn explicit_rollback(&self) -> Outcome {
        let mut session = self.session();
        session.transaction().run(|tx| {
            self.create_in(&tx, "rolled-back")?;
            tx.rollback()
        })?;
        session
            .transaction()
            .run(|tx| self.create_in(&tx, "rolled-back"))?; // only dropped
        check_same(self.count(&mut session, "rolled-back")?, 0, "rows")?;
        done()
    }

    fn managed(&self) -> Outcome {
        let mut session = self.session();
        let backoff = ExponentialBackoff::default();
        let write = session.transaction().with_routing_control(RoutingControl::Write);
        write.run_with_retry(&backoff, |tx| {
            self.create_in(&tx, "managed")?;
            tx.commit()
        })?;
        let read = session.transaction().with_routing_control(RoutingControl::Read);
        let n = read.run_with_retry(&backoff, |tx| {
            let mut result = tx.query(COUNT).with_parameters(self.named("managed")).run()?;
            let n = result
                .next()
                .transpose()?
                .and_then(|row| row.into_values().next());
            result.consume()?;
            tx.commit()?;
            Ok(n)
        })?;
        check_same(n, Some(ValueReceive::Integer(1)), "rows")?;
        done()
    }

    fn execute_query(&self) -> Outcome {
        let query = self.driver.execute_query("RETURN $x AS x");
        let result = query
            .with_parameters(Parameters::from([("x", 1.5.into())]))
            .run()?;
        check_same(result.into_scalar()?, ValueReceive::Float(1.5), "x")?;
        done()
    }

    fn stream(&self) -> Outcome {
        let mut session = self.session();
        let query = session.auto_commit(STREAM).with_parameters(stream_of(rows()));
        let sum = query.with_receiver(|result| {
            let mut sum = 0;
            for row in result {
                sum += integer(row?.into_values().next());
            }
            Ok(sum)
        });
        check_same(sum.run()?, rows() * (rows() + 1) / 2, "sum")?;
        done()
    }

    fn nested_results(&self) -> Outcome {
        let mut session = self.session();
        let seen = session.transaction().run(|tx| {
            let mut seen = 0;
            let mut same = true;
            for row in tx.query(STREAM).with_parameters(stream_of(3000)).run()? {
                let n = integer(row?.into_values().next());
                seen += 1;
                if seen % 500 == 0 {
                    let parameters = Parameters::from([("x", n.into())]);
                    let mut inner = tx.query("RETURN $x AS x").with_parameters(parameters).run()?;
                    same &= integer(inner.next().transpose()?.and_then(|row| row.into_values().next())) == n;
                }
            }
            tx.commit()?;
            Ok(if same { seen } else { -1 })
        })?;
        check_same(seen, 3000, "rows")?;
        done()
    }

    fn failure(&self) -> Outcome {
        let mut session = self.session();
        let result = session.auto_commit("THIS IS NOT CYPHER").run();
        let status = expect_code(result.err(), "Neo.ClientError.Statement.SyntaxError")?;
        check_same(
            scalar(&mut session, "RETURN 1 AS n", [].into())?,
            ValueReceive::Integer(1),
            "n",
        )?;
        Ok(format!("gql_status {status}"))
    }

    fn failure_in_stream(&self) -> Outcome {
        let mut seen = 0;
        let mut session = self.session();
        let query = session.auto_commit("UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x");
        let result = query.with_receiver(|result| {
            for row in result {
                row?;
                seen += 1;
            }
            Ok(())
        });
        expect_code(result.run().err(), "Neo.ClientError.Statement.ArithmeticError")?;
        check_same(self.count(&mut session, "nobody")?, 0, "rows")?;
        Ok(format!("{seen} rows before it"))
    }

    fn failure_in_tx(&self) -> Outcome {
        let mut session = self.session();
        let result = session.transaction().run(|tx| {
            self.create_in(&tx, "failed")?;
            tx.query("THIS IS NOT CYPHER").run()?.consume()?;
            tx.commit()
        });
        expect_code(result.err(), "Neo.ClientError.Statement.SyntaxError")?;
        check_same(self.count(&mut session, "failed")?, 0, "rows")?;
        done()
    }

    fn bookmarks(&self) -> Outcome {
        let mut chain = Arc::new(Bookmarks::default());
        for _ in 0..3 {
            let mut session = self.driver.session(SessionConfig::new().with_bookmarks(chain));
            session.transaction().run(|tx| {
                self.create_in(&tx, "chained")?;
                tx.commit()
            })?;
            chain = session.last_bookmarks();
        }
        let mut session = self
            .driver
            .session(SessionConfig::new().with_bookmarks(Arc::clone(&chain)));
        check_same(self.count(&mut session, "chained")?, 3, "rows")?;
        Ok(chain.raw().collect())
    }

    fn cancel(&self) -> Outcome {
        let mut session = self.session();
        for _ in 0..5 {
            let query = session.auto_commit(STREAM).with_parameters(stream_of(rows()));
            let ten = query.with_receiver(|result| {
                let sum = result
                    .take(10)
                    .map(|row| Ok(integer(row?.into_values().next())))
                    .sum();
                result.consume()?; // discards the rest
                sum
            });
            check_same(ten.run()?, 55, "sum of ten")?;
            check_same(
                scalar(&mut session, "RETURN 1 AS n", [].into())?,
                ValueReceive::Integer(1),
                "n",
            )?;
            let query = session.auto_commit(STREAM).with_parameters(stream_of(rows()));
            query
                .with_receiver(|result| {
                    Ok(integer(
                        result.next().transpose()?.and_then(|r| r.into_values().next()),
                    ))
                })
                .run()?;
        }
        check_same(self.count(&mut session, "nobody")?, 0, "rows")?;
        done()
    }

    fn summary(&self) -> Outcome {
        let create = self
            .driver
            .execute_query(CREATE)
            .with_parameters(self.named("counted"));
        let summary = create.run()?.summary;
        let counters = &summary.counters;
        check_same(
            [
                counters.nodes_created,
                counters.labels_added,
                counters.properties_set,
            ],
            [1, 1, 2],
            "counters",
        )?;
        check_same(
            format!("{:?}", summary.query_type),
            "Some(ReadWrite)".into(),
            "type",
        )?;
        let explained = self
            .driver
            .execute_query("EXPLAIN MATCH (n:Interop) RETURN n")
            .run()?;
        match explained.summary.plan {
            Some(plan) => Ok(plan.op_type),
            None => fail("EXPLAIN gave no plan"),
        }
    }

    fn parallel(&self) -> Outcome {
        let got = std::thread::scope(|scope| {
            let tasks: Vec<_> = (0..20_i64)
                .map(|n| {
                    scope.spawn(move || {
                        let parameters = Parameters::from([("x", n.into())]);
                        scalar(&mut self.session(), "RETURN $x AS x", parameters)
                            .map_err(|wrong| match wrong {
                                Wrong::Failed(what) | Wrong::Skip(what) => what,
                            })
                    })
                })
                .collect();
            tasks
                .into_iter()
                .map(|task| task.join().expect("no panic"))
                .collect::<Vec<_>>()
        });
        let expected: Vec<_> = (0..20).map(|n| Ok(ValueReceive::Integer(n))).collect();
        check_same(got, expected, "results")?;
        done()
    }

    fn wrong_password(&self) -> Outcome {
        let password = setting("BOLT_PASSWORD");
        let stranger = connect("BOLT_URI", &format!("not-{password}"));
        expect_code(
            stranger.verify_connectivity().err(),
            "Neo.ClientError.Security.Unauthorized",
        )?;
        connect("BOLT_URI", &password).verify_connectivity()?;
        done()
    }

    // ---- helpers

    pub fn session(&self) -> Session<'_> {
        self.driver.session(SessionConfig::new())
    }

    pub fn named(&self, name: &str) -> Parameters {
        [("run", self.run.as_str().into()), ("name", name.into())].into()
    }

    fn create_in(&self, tx: &Transaction, name: &str) -> Result<(), Neo4jError> {
        tx.query(CREATE)
            .with_parameters(self.named(name))
            .run()?
            .consume()?;
        Ok(())
    }

    fn count(&self, session: &mut Session, name: &str) -> Result<i64, Wrong> {
        Ok(integer(Some(scalar(session, COUNT, self.named(name))?)))
    }

    fn echo(&self, examples: Vec<(&str, ValueSend)>) -> Outcome {
        let mut session = self.session();
        for (name, value) in &examples {
            let parameters = Parameters::from([("x", value.clone())]);
            let got = scalar(&mut session, "RETURN $x AS x", parameters)?;
            check_same(got, ValueReceive::from(value.clone()), name)?;
        }
        Ok(format!("{} values", examples.len()))
    }
}

pub fn scalar(session: &mut Session, query: &str, parameters: Parameters) -> Result<ValueReceive, Wrong> {
    Ok(session
        .auto_commit(query)
        .with_parameters(parameters)
        .run()?
        .into_scalar()?)
}

fn stream_of(n: i64) -> Parameters {
    [("n", n.into())].into()
}

/// An integer that the query is known to return.
fn integer(value: Option<ValueReceive>) -> i64 {
    match value {
        Some(ValueReceive::Integer(n)) => n,
        other => panic!("expected an integer, got {other:?}"),
    }
}

fn expect_code(error: Option<Neo4jError>, code: &str) -> Result<String, Wrong> {
    match error {
        Some(Neo4jError::ServerError { error, .. }) => {
            check_same(error.code(), code, "code")?;
            Ok(error.gql_status)
        }
        other => fail(format!("expected {code}, got {other:?}")),
    }
}
