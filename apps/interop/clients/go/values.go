package main

import (
	"math"
	"strings"
	"time"

	"github.com/neo4j/neo4j-go-driver/v6/neo4j"
)

// Values of every type that both versions of the driver have.

func values() map[string]any {
	numbers, large := []any{}, map[string]any{}
	for n := int64(0); n < 300; n++ {
		numbers = append(numbers, n)
		large["key"+string(rune('a'+n%26))+strings.Repeat("x", int(n/26))] = n
	}
	return map[string]any{
		"null":           nil,
		"booleans":       []any{true, false},
		"small integers": []any{int64(0), int64(-1), int64(-16), int64(-17), int64(127), int64(128), int64(-129)},
		"large integers": []any{int64(32767), int64(1 << 31), int64(1<<53 + 1), int64(math.MaxInt64), int64(math.MinInt64)},
		"floats":         []any{0.5, -1.25, 1e300, math.Copysign(0, -1), math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 1.1, 1.0},
		"strings":        []any{"", "a", "ä€😀", strings.Repeat("x", 15), strings.Repeat("x", 16), strings.Repeat("y", 256), strings.Repeat("z", 100_000)},
		"no bytes":       []byte{},
		"bytes":          []byte{0, 1, 127, 128, 255},
		"many bytes":     make([]byte, 70_000),
		"lists":          []any{[]any{}, []any{int64(1), "two", []any{3.5, nil}}, numbers},
		"maps":           map[string]any{"empty": map[string]any{}, "nested": map[string]any{"list": []any{int64(1)}}},
		"a large map":    large,
	}
}

func temporal() map[string]any {
	berlin := got(time.LoadLocation("Europe/Berlin"))
	at := func(zone *time.Location) time.Time { return time.Date(2024, 2, 29, 12, 34, 56, 789_000_001, zone) }
	return map[string]any{
		"date":                  neo4j.DateOf(at(time.UTC)),
		"date before 1970":      neo4j.DateOf(time.Date(1582, 10, 4, 0, 0, 0, 0, time.UTC)),
		"time":                  neo4j.OffsetTimeOf(at(time.FixedZone("Offset", -5400))),
		"local time":            neo4j.LocalTimeOf(at(time.UTC)),
		"date time with offset": at(time.FixedZone("Offset", 7200)),
		"date time with zone":   at(berlin),
		"local date time":       neo4j.LocalDateTimeOf(at(time.UTC)),
		"duration":              neo4j.DurationOf(14, -3, 5, 999_999_999),
	}
}

func spatial() map[string]any {
	return map[string]any{
		"cartesian":    neo4j.Point2D{X: 1.5, Y: -2.5, SpatialRefId: 7203},
		"cartesian 3d": neo4j.Point3D{X: 1.5, Y: -2.5, Z: 3.25, SpatialRefId: 9157},
		"WGS 84":       neo4j.Point2D{X: 12.99, Y: 55.6, SpatialRefId: 4326},
		"WGS 84 3d":    neo4j.Point3D{X: 12.99, Y: 55.6, Z: 100.5, SpatialRefId: 4979},
	}
}

// Compares times by their text: the driver creates its own location for an offset.
func comparable(value any) any {
	switch value := value.(type) {
	case time.Time:
		return value.Format("2006-01-02T15:04:05.999999999Z07:00") + value.Location().String()
	case neo4j.OffsetTime, neo4j.LocalTime, neo4j.Date, neo4j.LocalDateTime:
		return value.(interface{ String() string }).String()
	}
	return value
}
