//! One connection of bolt-client at the single Bolt version in BOLT_VERSION. The crate only sends messages;
//! what a driver adds (transactions before Bolt 3, fetching in batches, recovery from failures) is done here.

use std::collections::HashMap;

use bolt_client::bolt_proto::message::Success;
use bolt_client::bolt_proto::{Message, Value};
use bolt_client::{Client, Metadata, Params, RoutingContext, Stream};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

use crate::report::{Wrong, setting};

pub type Row = Vec<Value>;
pub type Parameters = Vec<(&'static str, Value)>;
pub type Summary = HashMap<String, Value>;

/// Errors of a request: the server refused it, or the connection is unusable.
#[derive(Debug)]
pub enum Refusal {
    Failure {
        code: String,
        message: String,
        rows: usize,
    },
    Broken(String),
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Wrong::Failed(match refusal {
            Refusal::Failure { code, message, .. } => format!("{code}: {message}"),
            Refusal::Broken(what) => what,
        })
    }
}

fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::Broken(error.to_string())
}

pub struct Connection {
    client: Client<Compat<Stream>>,
    pub major: u32,
    pub minor: u32,
    /// The server's answer to HELLO.
    pub hello: Summary,
    /// Returned with the last COMMIT or the last result.
    pub bookmark: Option<String>,
}

impl Connection {
    pub async fn open(password: &str) -> Result<Self, Refusal> {
        let version = setting("BOLT_VERSION");
        let (major, minor) = version.split_once('.').unwrap_or((&version, "0"));
        let (major, minor) = (
            major.parse::<u32>().map_err(broken)?,
            minor.parse::<u32>().map_err(broken)?,
        );
        let address = setting("BOLT_URI").trim_start_matches("bolt://").to_string();
        let stream = Stream::connect(&address, None::<&str>).await.map_err(broken)?;
        let client = Client::new(stream.compat(), &[minor << 8 | major, 0, 0, 0])
            .await
            .map_err(broken)?;
        let (hello, bookmark) = (Summary::new(), None);
        let mut connection = Connection {
            client,
            major,
            minor,
            hello,
            bookmark,
        };
        let token = [
            ("user_agent", "bolt-client/0.11".to_string()),
            ("scheme", "basic".to_string()),
            ("principal", setting("BOLT_USER")),
            ("credentials", password.to_string()),
        ];
        let reply = connection
            .client
            .hello(Metadata::from_iter(token))
            .await
            .map_err(broken)?;
        connection.hello = connection.accept(reply, 0)?;
        Ok(connection)
    }

    /// RUN and as many PULLs as needed; returns the rows and the last SUCCESS.
    pub async fn all(&mut self, query: &str, parameters: Parameters) -> Result<(Vec<Row>, Summary), Refusal> {
        let header = self.run(query, parameters, vec![]).await?;
        let qid = header.get("qid").cloned();
        let mut rows = Vec::new();
        loop {
            let summary = self.pull(1000, qid.clone(), &mut rows).await?;
            if summary.get("has_more") != Some(&Value::Boolean(true)) {
                return Ok((rows, summary));
            }
        }
    }

    pub async fn run(
        &mut self,
        query: &str,
        parameters: Parameters,
        extra: Parameters,
    ) -> Result<Summary, Refusal> {
        let extra = (self.major >= 3).then(|| Metadata::from_iter(extra));
        let reply = self
            .client
            .run(query, Some(Params::from_iter(parameters)), extra)
            .await
            .map_err(broken)?;
        self.accept(reply, 0)
    }

    /// Before Bolt 4 this pulls all rows, whatever `n` is.
    pub async fn pull(
        &mut self,
        n: i64,
        qid: Option<Value>,
        rows: &mut Vec<Row>,
    ) -> Result<Summary, Refusal> {
        let mut metadata: Parameters = vec![("n", n.into())];
        metadata.extend(qid.map(|qid| ("qid", qid)));
        let (records, reply) = self
            .client
            .pull(Some(Metadata::from_iter(metadata)))
            .await
            .map_err(broken)?;
        rows.extend(records.into_iter().map(|record| record.fields().to_vec()));
        self.accept(reply, rows.len())
    }

    pub async fn discard(&mut self) -> Result<Summary, Refusal> {
        let all: Parameters = vec![("n", (-1_i64).into())];
        let reply = self
            .client
            .discard(Some(Metadata::from_iter(all)))
            .await
            .map_err(broken)?;
        self.accept(reply, 0)
    }

    /// In Bolt 1 and 2 transactions are queries, and a bookmark is a parameter.
    pub async fn begin(&mut self, bookmark: Option<String>) -> Result<(), Refusal> {
        if self.major < 3 {
            let parameters = bookmark.map(|bookmark| ("bookmark", bookmark.into()));
            self.run("BEGIN", parameters.into_iter().collect(), vec![])
                .await?;
            self.discard().await?;
            return Ok(());
        }
        let bookmarks = bookmark.map(|bookmark| ("bookmarks", Value::from(vec![bookmark])));
        let reply = self
            .client
            .begin(Some(Metadata::from_iter(bookmarks)))
            .await
            .map_err(broken)?;
        self.accept(reply, 0)?;
        Ok(())
    }

    pub async fn commit(&mut self) -> Result<(), Refusal> {
        if self.major < 3 {
            self.run("COMMIT", vec![], vec![]).await?;
            self.discard().await?;
            return Ok(());
        }
        let reply = self.client.commit().await.map_err(broken)?;
        self.accept(reply, 0)?;
        Ok(())
    }

    pub async fn rollback(&mut self) -> Result<(), Refusal> {
        if self.major < 3 {
            self.run("ROLLBACK", vec![], vec![]).await?;
            self.discard().await?;
            return Ok(());
        }
        let reply = self.client.rollback().await.map_err(broken)?;
        self.accept(reply, 0)?;
        Ok(())
    }

    pub async fn reset(&mut self) -> Result<(), Refusal> {
        let reply = self.client.reset().await.map_err(broken)?;
        self.accept(reply, 0)?;
        Ok(())
    }

    pub async fn route(&mut self) -> Result<Summary, Refusal> {
        let address = setting("BOLT_URI").trim_start_matches("bolt://").to_string();
        let context = RoutingContext::from_iter([("address", address)]);
        let reply = self
            .client
            .route(context, Vec::<String>::new(), None)
            .await
            .map_err(broken)?;
        self.accept(reply, 0)
    }

    /// SUCCESS's metadata.
    fn accept(&mut self, reply: Message, rows: usize) -> Result<Summary, Refusal> {
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        match reply {
            Message::Success(success) => {
                let metadata = Success::metadata(&success).clone();
                if let Some(Value::String(bookmark)) = metadata.get("bookmark") {
                    self.bookmark = Some(bookmark.clone());
                }
                Ok(metadata)
            }
            Message::Failure(failure) => {
                let (code, message) = (
                    text(failure.metadata().get("code")),
                    text(failure.metadata().get("message")),
                );
                Err(Refusal::Failure { code, message, rows })
            }
            other => Err(Refusal::Broken(format!("unexpected answer {other:?}"))),
        }
    }

    /// To be called after a failure: sends ACK_FAILURE before Bolt 3, RESET since.
    pub async fn heal(&mut self) -> Result<(), Refusal> {
        if self.major >= 3 {
            return self.reset().await;
        }
        let reply = self.client.ack_failure().await.map_err(broken)?;
        self.accept(reply, 0)?;
        Ok(())
    }
}
