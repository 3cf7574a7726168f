// The scenarios for the Go driver 5 and 6. Written for 6 with names that both versions have; for 5, the number
// in the import paths is replaced and the build tag v6 is not set.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/neo4j/neo4j-go-driver/v6/neo4j"
)

const (
	STREAM = "UNWIND range(1, $n) AS n RETURN n"
	CREATE = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name"
	COUNT  = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n"
	GRAPH  = `CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->(b:Interop {run: $run, name: 'b'}) RETURN a, r, b`
	PATH   = `MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p`
)

var (
	ctx      = context.Background()
	uri      = os.Getenv("BOLT_URI")
	password = os.Getenv("BOLT_PASSWORD")
	rows     = int64(got(strconv.Atoi(os.Getenv("BOLT_ROWS"))))
	run      = fmt.Sprintf("go-%d-%p", os.Getpid(), &rows) // marks the nodes of this run
	driver   = connect(uri, password)
)

func main() {
	defer driver.Close(ctx)
	runAll(map[string]scenario{
		"connect":           connects,
		"connect-routing":   connectRouting,
		"auto-commit":       autoCommit,
		"explicit-commit":   explicitCommit,
		"explicit-rollback": explicitRollback,
		"managed":           managed,
		"managed-retry":     managedRetry,
		"execute-query":     executeQuery,
		"stream-100k":       stream,
		"nested-results":    nestedResults,
		"values":            func() string { return echo(values()) },
		"values-temporal":   func() string { return echo(temporal()) },
		"values-spatial":    func() string { return echo(spatial()) },
		"values-graph":      valuesGraph,
		"values-vector":     func() string { examples := vectors(); needBolt(6, 0); return echo(examples) },
		"values-uuid":       func() string { examples := uuids(); needBolt(6, 1); return echo(examples) },
		"failure":           failure,
		"failure-in-stream": failureInStream,
		"failure-in-tx":     failureInTransaction,
		"bookmarks":         bookmarks,
		"cancel":            cancel,
		"summary":           summary,
		"parallel":          parallel,
		"wrong-password":    wrongPassword,
	})
	inSession(func(session neo4j.SessionWithContext) {
		got(got(session.Run(ctx, "MATCH (n:Interop {run: $run}) DETACH DELETE n", params("run", run))).Consume(ctx))
	})
}

func connects() string {
	must(driver.VerifyConnectivity(ctx))
	info := got(driver.GetServerInfo(ctx))
	return fmt.Sprintf("%s, Bolt %d.%d", info.Agent(), info.ProtocolVersion().Major, info.ProtocolVersion().Minor)
}

func connectRouting() string {
	routed := connect(os.Getenv("BOLT_ROUTING_URI"), password)
	defer routed.Close(ctx)
	inSessionOf(routed, neo4j.SessionConfig{}, func(session neo4j.SessionWithContext) { create(auto(session), "routed") })
	reading := neo4j.SessionConfig{AccessMode: neo4j.AccessModeRead}
	inSessionOf(routed, reading, func(session neo4j.SessionWithContext) {
		checkSame(count(auto(session), "routed"), int64(1), "rows")
	})
	return ""
}

func autoCommit() string {
	inSession(func(session neo4j.SessionWithContext) {
		checkSame(single(auto(session), "RETURN 1 AS n", nil), int64(1), "n")
		checkSame(single(auto(session), "RETURN $x AS x", params("x", "second")), "second", "x")
	})
	return ""
}

func explicitCommit() string {
	inSession(func(session neo4j.SessionWithContext) {
		tx := got(session.BeginTransaction(ctx))
		create(tx, "committed")
		create(tx, "committed")
		must(tx.Commit(ctx))
		checkSame(count(auto(session), "committed"), int64(2), "rows")
	})
	return ""
}

func explicitRollback() string {
	inSession(func(session neo4j.SessionWithContext) {
		tx := got(session.BeginTransaction(ctx))
		create(tx, "rolled-back")
		checkSame(count(tx, "rolled-back"), int64(1), "rows inside")
		must(tx.Rollback(ctx))
		closed := got(session.BeginTransaction(ctx))
		create(closed, "rolled-back")
		must(closed.Close(ctx))
		checkSame(count(auto(session), "rolled-back"), int64(0), "rows")
	})
	return ""
}

func managed() string {
	inSession(func(session neo4j.SessionWithContext) {
		got(session.ExecuteWrite(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
			create(tx, "managed")
			return nil, nil
		}))
		n := got(session.ExecuteRead(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
			return count(tx, "managed"), nil
		}))
		checkSame(n, int64(1), "rows")
	})
	return ""
}

func managedRetry() string {
	inSession(func(session neo4j.SessionWithContext) {
		tries := 0
		got(session.ExecuteWrite(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
			create(tx, "retried")
			tries++
			if tries == 1 {
				return nil, &neo4j.Neo4jError{Code: "Neo.TransientError.Transaction.DeadlockDetected", Msg: "once"}
			}
			return nil, nil
		}))
		checkSame([]any{tries, count(auto(session), "retried")}, []any{2, int64(1)}, "tries and rows")
	})
	return ""
}

func executeQuery() string {
	result := got(neo4j.ExecuteQuery(ctx, driver, "RETURN $x AS x", params("x", 1.5), neo4j.EagerResultTransformer))
	checkSame([]any{result.Keys, result.Records[0].Values}, []any{[]string{"x"}, []any{1.5}}, "result")
	return ""
}

func stream() string {
	inSession(func(session neo4j.SessionWithContext) {
		result := got(session.Run(ctx, STREAM, params("n", rows)))
		sum := int64(0)
		for result.Next(ctx) {
			sum += result.Record().Values[0].(int64)
		}
		must(result.Err())
		checkSame(sum, rows*(rows+1)/2, "sum")
	})
	return ""
}

func nestedResults() string {
	inSession(func(session neo4j.SessionWithContext) {
		tx := got(session.BeginTransaction(ctx))
		outer := got(tx.Run(ctx, STREAM, params("n", 3000)))
		seen := int64(0)
		for outer.Next(ctx) {
			seen++
			if seen%500 == 0 {
				checkSame(single(tx, "RETURN $x AS x", params("x", outer.Record().Values[0])), seen, "inner")
			}
		}
		must(outer.Err())
		must(tx.Commit(ctx))
		checkSame(seen, int64(3000), "rows")
	})
	return ""
}

func valuesGraph() string {
	inSession(func(session neo4j.SessionWithContext) {
		created := got(got(session.Run(ctx, GRAPH, params("run", run))).Single(ctx)).Values
		a, r, b := created[0].(neo4j.Node), created[1].(neo4j.Relationship), created[2].(neo4j.Node)
		checkSame(a.Labels, []string{"Interop"}, "labels")
		checkSame(a.Props, params("run", run, "name", "a"), "properties")
		checkSame([]any{r.Type, r.Props}, []any{"KNOWS", params("since", int64(2020))}, "relationship")
		checkSame([]string{r.StartElementId, r.EndElementId}, []string{a.ElementId, b.ElementId}, "ends")
		path := single(auto(session), PATH, params("run", run)).(neo4j.Path)
		checkSame(
			[]string{path.Nodes[0].ElementId, path.Nodes[1].ElementId, path.Relationships[0].ElementId},
			[]string{b.ElementId, a.ElementId, r.ElementId}, "path")
	})
	return ""
}

func failure() string {
	var status string
	inSession(func(session neo4j.SessionWithContext) {
		err := failed(attempt(auto(session), "THIS IS NOT CYPHER"), "Neo.ClientError.Statement.SyntaxError")
		checkSame(neo4j.IsRetryable(err), false, "retryable")
		checkSame(single(auto(session), "RETURN 1 AS n", nil), int64(1), "n")
		status = err.GqlStatus
	})
	return "gqlStatus " + status
}

func failureInStream() string {
	seen := 0
	inSession(func(session neo4j.SessionWithContext) {
		result := got(session.Run(ctx, "UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x", nil))
		for result.Next(ctx) {
			seen++
		}
		failed(result.Err(), "Neo.ClientError.Statement.ArithmeticError")
		checkSame(count(auto(session), "nobody"), int64(0), "rows")
	})
	return fmt.Sprint(seen, " rows before it")
}

func failureInTransaction() string {
	inSession(func(session neo4j.SessionWithContext) {
		tx := got(session.BeginTransaction(ctx))
		create(tx, "failed")
		failed(attempt(tx, "THIS IS NOT CYPHER"), "Neo.ClientError.Statement.SyntaxError")
		if tx.Commit(ctx) == nil {
			panic("a failed transaction could be committed")
		}
		checkSame(count(auto(session), "failed"), int64(0), "rows")
	})
	return ""
}

func bookmarks() string {
	var chain neo4j.Bookmarks
	for n := 0; n < 3; n++ {
		inSessionOf(driver, neo4j.SessionConfig{Bookmarks: chain}, func(session neo4j.SessionWithContext) {
			got(session.ExecuteWrite(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
				create(tx, "chained")
				return nil, nil
			}))
			chain = session.LastBookmarks()
		})
	}
	inSessionOf(driver, neo4j.SessionConfig{Bookmarks: chain}, func(session neo4j.SessionWithContext) {
		checkSame(count(auto(session), "chained"), int64(3), "rows")
	})
	return chain[0]
}

func cancel() string {
	for n := 0; n < 5; n++ {
		inSession(func(session neo4j.SessionWithContext) {
			result := got(session.Run(ctx, STREAM, params("n", rows)))
			for row := 0; row < 10; row++ {
				result.Next(ctx)
			}
			got(result.Consume(ctx)) // discards the rest
			checkSame(single(auto(session), "RETURN 1 AS n", nil), int64(1), "n")
		})
		inSession(func(session neo4j.SessionWithContext) { // left by closing the session
			got(session.Run(ctx, STREAM, params("n", rows))).Next(ctx)
		})
		inSession(func(session neo4j.SessionWithContext) { // left by its context
			limited, stop := context.WithCancel(ctx)
			result := got(session.Run(limited, STREAM, params("n", rows)))
			result.Next(limited)
			stop()
			for result.Next(limited) {
			}
		})
	}
	inSession(func(session neo4j.SessionWithContext) {
		checkSame(count(auto(session), "nobody"), int64(0), "rows")
	})
	return ""
}

func summary() string {
	var operator string
	inSession(func(session neo4j.SessionWithContext) {
		written := got(got(session.Run(ctx, CREATE, params("run", run, "name", "counted"))).Consume(ctx))
		counters := written.Counters()
		checkSame([]int{counters.NodesCreated(), counters.LabelsAdded(), counters.PropertiesSet()}, []int{1, 1, 2}, "counters")
		checkSame(isReadWrite(written), true, "type")
		explained := got(got(session.Run(ctx, "EXPLAIN MATCH (n:Interop) RETURN n", nil)).Consume(ctx))
		operator = explained.Plan().Operator()
	})
	return operator
}

func parallel() string {
	var all sync.WaitGroup
	results := make([]any, 20)
	for n := range results {
		all.Add(1)
		go func() {
			defer all.Done()
			defer func() {
				if wrong := recover(); wrong != nil {
					results[n] = wrong
				}
			}()
			inSession(func(session neo4j.SessionWithContext) {
				results[n] = single(auto(session), "RETURN $x AS x", params("x", n))
			})
		}()
	}
	all.Wait()
	for n, result := range results {
		checkSame(result, int64(n), "x")
	}
	return ""
}

func wrongPassword() string {
	stranger := connect(uri, "not-"+password)
	defer stranger.Close(ctx)
	failed(stranger.VerifyConnectivity(ctx), "Neo.ClientError.Security.Unauthorized")
	friend := connect(uri, password)
	defer friend.Close(ctx)
	must(friend.VerifyConnectivity(ctx))
	return ""
}

// ---- helpers

type runner interface {
	Run(ctx context.Context, query string, parameters map[string]any) (neo4j.ResultWithContext, error)
}

// Sessions accept options and transactions do not; this gives both one signature.
type autoCommitted struct{ session neo4j.SessionWithContext }

func (a autoCommitted) Run(ctx context.Context, query string, parameters map[string]any) (neo4j.ResultWithContext, error) {
	return a.session.Run(ctx, query, parameters)
}

func auto(session neo4j.SessionWithContext) runner { return autoCommitted{session} }

func connect(uri, password string) neo4j.DriverWithContext {
	return got(neo4j.NewDriverWithContext(uri, neo4j.BasicAuth(os.Getenv("BOLT_USER"), password, "")))
}

func inSession(work func(neo4j.SessionWithContext)) { inSessionOf(driver, neo4j.SessionConfig{}, work) }

func inSessionOf(on neo4j.DriverWithContext, config neo4j.SessionConfig, work func(neo4j.SessionWithContext)) {
	session := on.NewSession(ctx, config)
	defer session.Close(ctx)
	work(session)
}

func params(pairs ...any) map[string]any {
	all := map[string]any{}
	for n := 0; n < len(pairs); n += 2 {
		all[pairs[n].(string)] = pairs[n+1]
	}
	return all
}

func single(on runner, query string, parameters map[string]any) any {
	return got(got(on.Run(ctx, query, parameters)).Single(ctx)).Values[0]
}

func create(on runner, name string) {
	checkSame(single(on, CREATE, params("run", run, "name", name)), name, "name")
}

func count(on runner, name string) int64 {
	return single(on, COUNT, params("run", run, "name", name)).(int64)
}

func attempt(on runner, query string) error {
	result, err := on.Run(ctx, query, nil)
	if err == nil {
		_, err = result.Consume(ctx)
	}
	return err
}

func failed(err error, code string) *neo4j.Neo4jError {
	var failure *neo4j.Neo4jError
	if !errors.As(err, &failure) {
		panic(fmt.Sprint("expected a failure of the server, got ", err))
	}
	checkSame(failure.Code, code, "code")
	return failure
}

func needBolt(major, minor int) {
	version := got(driver.GetServerInfo(ctx)).ProtocolVersion()
	if version.Major < major || (version.Major == major && version.Minor < minor) {
		panic(skip(fmt.Sprintf("needs Bolt %d.%d", major, minor)))
	}
}

func echo(examples map[string]any) string {
	inSession(func(session neo4j.SessionWithContext) {
		for name, value := range examples {
			back := single(auto(session), "RETURN $x AS x", params("x", value))
			checkSame(comparable(back), comparable(value), name)
		}
	})
	return fmt.Sprint(len(examples), " values")
}
