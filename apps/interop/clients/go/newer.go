//go:build v6

package main

import "github.com/neo4j/neo4j-go-driver/v6/neo4j"

// Features that came with driver 6.

func vectors() map[string]any {
	return map[string]any{
		"int8":    neo4j.Vector[int8]{Elems: []int8{-128, 0, 127}},
		"int16":   neo4j.Vector[int16]{Elems: []int16{-32768, 0, 32767}},
		"int32":   neo4j.Vector[int32]{Elems: []int32{-1 << 31, 0, 1<<31 - 1}},
		"int64":   neo4j.Vector[int64]{Elems: []int64{-1, 1 << 62}},
		"float32": neo4j.Vector[float32]{Elems: []float32{0.5, -1.25}},
		"float64": neo4j.Vector[float64]{Elems: []float64{0.1, 1e300}},
	}
}

func uuids() map[string]any {
	var uuid neo4j.UUID
	must(uuid.UnmarshalText([]byte("550e8400-e29b-41d4-a716-446655440000")))
	return map[string]any{"uuid": uuid}
}

func isReadWrite(summary neo4j.ResultSummary) bool {
	return summary.QueryType() == neo4j.QueryTypeReadWrite
}
