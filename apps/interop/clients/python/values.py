"""Values of every type that the driver has."""

try:
    from neo4j import spatial, time

    SECONDS = (56, 789_000_001)
except ImportError:  # 1.7
    import neotime as time
    from neo4j.types import spatial

    SECONDS = (56.789_000_001,)

INFINITY = float("inf")

VALUES = {
    "null": None,
    "booleans": [True, False],
    "small integers": [0, -1, -16, -17, 127, 128, -128, -129],
    "large integers": [32767, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)],
    "floats": [0.5, -1.25, 1e300, -0.0, 5e-324, INFINITY, -INFINITY, float("nan"), 1.1, 1.0],
    "strings": ["", "a", "ä€😀", "x" * 15, "x" * 16, "y" * 256, "z" * 100_000],
    "no bytes": b"",
    "bytes": bytes([0, 1, 127, 128, 255]),
    "many bytes": b"\x07" * 70_000,
    "lists": [[], [1, "two", [3.5, None]], list(range(300))],
    "maps": {"empty": {}, "nested": {"deep": {"list": [1, {"x": True}]}}, "key with ä": "v"},
    "a large map": {f"key{n}": n for n in range(300)},
}


def temporal():
    import pytz

    Date, DateTime, Duration, Time = time.Date, time.DateTime, time.Duration, time.Time
    # 1.7 sends a negative offset as almost one day.
    offset = pytz.FixedOffset(-90 if len(SECONDS) == 2 else 90)
    return {
        "date": Date(2024, 2, 29),
        "date before 1970": Date(1582, 10, 4),
        "time": Time(12, 34, *SECONDS, tzinfo=offset),
        "local time": Time(12, 34, *SECONDS),
        "date time with offset": DateTime(2024, 2, 29, 12, 34, *SECONDS, tzinfo=offset),
        "date time with zone": pytz.timezone("Europe/Berlin").localize(
            DateTime(2024, 2, 29, 12, 34, *SECONDS)
        ),
        "local date time": DateTime(2024, 2, 29, 12, 34, *SECONDS),
        "duration": Duration(months=14, days=-3, seconds=5, nanoseconds=999_999_999),
    }


SPATIAL = {
    "cartesian": spatial.CartesianPoint((1.5, -2.5)),
    "cartesian 3d": spatial.CartesianPoint((1.5, -2.5, 3.25)),
    "WGS 84": spatial.WGS84Point((12.99, 55.6)),
    "WGS 84 3d": spatial.WGS84Point((12.99, 55.6, 100.5)),
}


def vectors():
    try:
        from neo4j.vector import Vector
    except ImportError:
        return None
    return {
        "int8": Vector([-128, 0, 127], "i8"),
        "int16": Vector([-32768, 0, 32767], "i16"),
        "int32": Vector([-(2**31), 0, 2**31 - 1], "i32"),
        "int64": Vector([-1, 2**62], "i64"),
        "float32": Vector([0.5, -1.25], "f32"),
        "float64": Vector([0.1, 1e300], "f64"),
    }
