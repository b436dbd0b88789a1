"""Sources: files as they came, turned into canonical tables once, with what was wrong set aside."""

from openvbc.sources.bucket import bucket_of, bucket_sql
from openvbc.sources.load import LoadResult, TableCount, load
from openvbc.sources.loads import loaded_partitions, loads

__all__ = [
    "LoadResult",
    "TableCount",
    "bucket_of",
    "bucket_sql",
    "load",
    "loaded_partitions",
    "loads",
]
