//go:build !v6

package main

import "github.com/neo4j/neo4j-go-driver/v6/neo4j"

func vectors() map[string]any { panic(skip("not in this client")) }

func uuids() map[string]any { panic(skip("not in this client")) }

func isReadWrite(summary neo4j.ResultSummary) bool {
	return summary.StatementType() == neo4j.StatementTypeReadWrite
}
